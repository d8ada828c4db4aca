import { enginesOf } from '../engine-processes.js';
import type { Fault } from '../fault.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import { openNetworkNamespace } from '../network-namespace.js';
import { untilTraining } from '../training-now.js';

const graceMs = 60_000;

/**
 * Stops worker and engine in the middle of a segment until another machine has taken the segment over, then lets them
 * go on: two attempts are at work until one of them has ended the segment.
 *
 * The other machine has an empty cache and, where one may be made, a network of its own.
 */
export const frozenAttempt: Fault = {
  name: 'frozen attempt',
  strike: async (place) => {
    const { installation, watch } = place;
    const { temporalAddress, proxy } = installation;
    const network = await openNetworkNamespace([temporalAddress, new URL(proxy.url).host]);
    const second = installation.addTrainer('second-trainer', network);
    await second.untilReady();
    const sight = await untilTraining(watch);
    const first = sight?.activity?.worker === second.pid ? second : installation.trainer;
    const engines = enginesOf(first.pid);
    const moment = await takeMoment(place);
    first.signal('SIGSTOP');
    for (const pid of engines) process.kill(pid, 'SIGSTOP');
    const outcome = await untilGoingOn(place, moment, { struck: 'trainer' });
    const frozenSeconds = (Date.now() - moment.at) / 1000;
    for (const pid of engines) process.kill(pid, 'SIGCONT');
    first.signal('SIGCONT');
    // Both compute now; the segment ends by whichever attempt the server believes in.
    await watch.until(
      ({ stage, activity }) =>
        stage !== sight?.stage || activity?.id !== moment.sight?.activity?.id,
    );
    await second.stop(graceMs);
    await network?.close();
    const where = network ? ' with a network of its own' : '';
    return {
      did: `frozen for ${frozenSeconds.toFixed(0)} s, another machine${where} took over, then both went on; ${String(outcome.lostSteps ?? 0)} steps were done again`,
      ...outcome,
    };
  },
};
