import { setTimeout as sleep } from 'node:timers/promises';
import { enginesOf, untilGone } from '../engine-processes.js';
import type { Fault, FaultOutcome, FaultPlace } from '../fault.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import type { SupervisedProcess } from '../supervised-process.js';

/** A machine comes back at once, or only when its work was given up by the server (after 20 s without heartbeat). */
const shortDownMs = 500;
const longDownMs = 21_000;
/** An engine ends by itself once its worker is gone, at the latest after the step in hand. */
const engineGraceMs = 30_000;

/** Kills the process of the pools train and generate; its engine has to end by itself. */
export const killTrainer: Fault = {
  name: 'kill -9 trainer',
  strike: async (place) => {
    const { trainer } = place.installation;
    await trainer.untilReady();
    const isLong = place.draw(1) < 0.5;
    const moment = await takeMoment(place);
    const engines = enginesOf(trainer.pid);
    await trainer.kill(isLong ? longDownMs : shortDownMs);
    const gone = await untilGone(engines, engineGraceMs);
    await trainer.untilReady();
    const startedAt = trainer.startedAt;
    const outcome = await untilGoingOn(place, moment, { struck: 'trainer' });
    const wasTraining = moment.sight?.activity?.type === 'trainSegment';
    const startSeconds =
      isLong && wasTraining && outcome.resumeSeconds !== undefined
        ? outcome.resumeSeconds - (startedAt - moment.at) / 1000
        : undefined;
    return {
      did: `worker down for ${((startedAt - moment.at) / 1000).toFixed(1)} s; ${wentOn(outcome)}`,
      ...outcome,
      ...(startSeconds !== undefined && startSeconds > 0 && { startSeconds }),
      ...(!gone && { problem: 'the engine process outlived its worker' }),
    };
  },
};

/** Kills the engine process under its worker, which starts another. */
export const killEngine: Fault = {
  name: 'kill -9 engine',
  strike: async (place) => {
    const { trainer } = place.installation;
    let engines = enginesOf(trainer.pid);
    while (engines.length === 0 && place.watch.end === undefined) {
      await sleep(100);
      engines = enginesOf(trainer.pid);
    }
    const moment = await takeMoment(place);
    for (const pid of engines) process.kill(pid, 'SIGKILL');
    const outcome = await untilGoingOn(place, moment, { struck: 'trainer' });
    return { did: wentOn(outcome), ...outcome };
  },
};

/** Kills the process of the pools burnish, collect and score. */
export const killWorker: Fault = {
  name: 'kill -9 worker',
  strike: (place) => killService(place, place.installation.worker, 'worker'),
};

export const killTemporal: Fault = {
  name: 'kill -9 Temporal',
  strike: (place) => killService(place, place.installation.temporal, 'server'),
};

export const killStore: Fault = {
  name: 'kill -9 S3',
  strike: (place) => killService(place, place.installation.s3, 'server'),
};

async function killService(
  place: FaultPlace,
  service: SupervisedProcess,
  struck: 'worker' | 'server',
): Promise<FaultOutcome> {
  await service.untilReady();
  const moment = await takeMoment(place);
  await service.kill(shortDownMs + 4000 * place.draw(1));
  await service.untilReady();
  const readyAt = Date.now();
  const outcome = await untilGoingOn(place, moment, { struck, readyAt });
  return {
    did: `down for ${((readyAt - moment.at) / 1000).toFixed(1)} s; ${wentOn(outcome)}`,
    ...outcome,
  };
}

/** What the run did after a fault, in words. */
export function wentOn({ resumeSeconds, lostSteps }: Omit<FaultOutcome, 'did'>): string {
  if (resumeSeconds === undefined) return 'the run had ended';
  if (lostSteps === undefined) return 'no training was broken off';
  return lostSteps === 0 ? 'no step was done again' : `${lostSteps} steps were done again`;
}
