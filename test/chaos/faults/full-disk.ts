import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import { isTraining } from '../training-now.js';

const graceMs = 60_000;
/** Room for inputs, a checkpoint read and one written. */
const diskMegabytes = 400;
const longestFullMs = 60_000;

/**
 * Moves the work to a machine whose cache is a small disk, fills that disk until an attempt has failed for it, makes
 * room again, and moves the work back.
 */
export const fullDisk: Fault = {
  name: 'full cache disk',
  strike: async (place) => {
    const { installation, watch } = place;
    const stage = watch.sights.at(-1)?.stage ?? 'none';
    if (!canMount()) return { did: 'skipped: no mount is permitted here', stage };
    await installation.trainer.takeDown(graceMs);
    let cache = '';
    const small = installation.addTrainer('small-disk', {
      wrap: (command, cacheFolder) => {
        cache = cacheFolder;
        return mountBefore(command, cacheFolder);
      },
    });
    await small.untilReady();
    const sight = await watch.until(
      ({ activity }) => isTraining(activity) && activity?.worker === small.pid,
    );
    const moment = await takeMoment(place);
    // The mount is seen by its own processes only; this is the way in from outside.
    const filler = `/proc/${String(small.pid)}/root${cache}/filler`;
    if (sight !== undefined) fill(filler);
    const failed = await watch.until(
      ({ activity }) => /ENOSPC|room on the disk/.test(activity?.lastFailure ?? ''),
      longestFullMs,
    );
    const fullSeconds = (Date.now() - moment.at) / 1000;
    await sleep(2000);
    rmSync(filler, { force: true });
    const outcome = await untilGoingOn(place, moment, {
      struck: failed ? 'trainer' : 'server',
      readyAt: Date.now(),
    });
    installation.trainer.bringUp();
    await small.stop(graceMs);
    const seen = failed ? 'an attempt failed for want of space' : 'nothing had to be written';
    return {
      did: `full for ${fullSeconds.toFixed(0)} s, ${seen}; ${String(outcome.lostSteps ?? 0)} steps were done again`,
      ...outcome,
    };
  },
};

function mountBefore(command: readonly string[], folder: string): string[] {
  const script = `mount -t tmpfs -o size=${diskMegabytes}m tmpfs "$0" && exec "$@"`;
  return [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    script,
    folder,
    ...command,
  ];
}

function canMount(): boolean {
  try {
    const [program = '', ...parameters] = mountBefore(['true'], '/tmp');
    execFileSync(program, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes a file until the disk takes no more. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size > 0; size = Math.floor(size / 16))
      writeAll(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, part: Buffer): void {
  for (;;) {
    try {
      writeSync(file, part);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
