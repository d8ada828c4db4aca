import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { enginesOf } from '../engine-processes.js';
import type { Fault } from '../fault.js';
import { takeMoment, untilGoingOn } from '../going-on.js';
import { listFiles } from '../stored-commits.js';
import { isTraining } from '../training-now.js';

/**
 * Flips a byte in a file of the newest checkpoint in the store and kills the engine, so that the checkpoint is wanted.
 *
 * It strikes a stage that has two checkpoints: the run then has to go on from the one before.
 */
export const flippedByte: Fault = {
  name: 'flipped byte',
  strike: async (place) => {
    const { installation, watch } = place;
    let moment = await takeMoment(place);
    while (watch.end === undefined && !(isTraining(moment.sight?.activity) && moment.commit)) {
      moment = await takeMoment(place);
    }
    if (moment.commit === undefined)
      return { did: 'the run had ended', stage: 'none', problem: 'no checkpoint was met' };
    const { folder, stepIndex } = moment.commit;
    const files = listFiles(folder, '').filter((path) => path.endsWith('.safetensors'));
    const file = files[Math.floor(place.draw(1) * files.length)] ?? '';
    flipByte(join(folder, file), place.draw(2));
    for (const pid of enginesOf(installation.trainer.pid)) process.kill(pid, 'SIGKILL');
    // What is damaged does not count as a checkpoint that must be gone on from.
    const outcome = await untilGoingOn(
      place,
      { ...moment, commit: undefined },
      { struck: 'trainer' },
    );
    const name = file.split('/').at(-1) ?? file;
    return {
      did: `${name} of step ${stepIndex} damaged, engine killed; ${String(outcome.lostSteps ?? 0)} steps were done again`,
      ...outcome,
    };
  },
};

/** Inverts the lowest bit of the byte at a share of a file's length. */
function flipByte(path: string, share: number): void {
  const place = Math.min(statSync(path).size - 1, Math.floor(share * statSync(path).size));
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, place);
    byte[0] = (byte[0] ?? 0) ^ 1;
    writeSync(file, byte, 0, 1, place);
  } finally {
    closeSync(file);
  }
}
