import { join } from 'node:path';
import { packRows } from '../../../engine/batches/pack-rows.js';
import { compileProgram } from '../../../engine/graph/compile.js';
import type { Program, Session } from '../../../engine/graph/program.js';
import { languageModelProgram, POLICY } from '../../../engine/model/language-model.js';
import { adamValues, MOMENTS } from '../../../engine/optim/adamw.js';
import type { AdamSettings } from '../../../engine/optim/adamw.js';
import { REWARD, rewardProgram } from '../../../engine/reward/reward-program.js';
import { zeroGroup } from '../../../engine/graph/program.js';
import { normal, uniform } from '../../../text/random.js';
import { sizeConfig, startWeights } from './sizes.js';
import type { SizeName } from './sizes.js';
import type { Workload, WorkloadPlace } from './workload.js';

const LENGTH = 128;
export const adam: AdamSettings = {
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0.01,
  clipNorm: 1,
};

const batchOf = (size: SizeName): number => (size === 'L' ? 2 : 8);

/** Token ids 4 and up, a pure function of row and column. */
function randomIds(size: SizeName, row: number, length: number): number[] {
  const span = sizeConfig(size).vocab_size - 4;
  return Array.from({ length }, (_, column) => 4 + Math.floor(uniform(row, column) * span));
}

/** The program of the fine-tuning trainer at the bench's batch and length. */
export function fineTuningProgram(size: SizeName): Program {
  return languageModelProgram(sizeConfig(size), {
    batchSize: batchOf(size),
    lengths: [LENGTH],
    adam,
  });
}

/** A session of {@link fineTuningProgram} with start weights and zero moments. */
export function startFineTuning({ size, folder }: WorkloadPlace): {
  program: Program;
  session: Session;
} {
  const program = fineTuningProgram(size);
  const session = compileProgram(program, join(folder, 'graphs'));
  session.write(POLICY, startWeights(sizeConfig(size)));
  zeroGroup(session, program, MOMENTS);
  return { program, session };
}

/** One step of supervised fine-tuning; the first quarter of each row carries no loss. */
export function createSft(place: WorkloadPlace): Workload {
  const { session } = startFineTuning(place);
  let step = 0;
  return {
    run() {
      const rows = Array.from({ length: batchOf(place.size) }, (_, row) => ({
        ids: randomIds(place.size, (step % 4) * 100 + row, LENGTH),
        counted: Array.from({ length: LENGTH }, (__, column) => (column < LENGTH / 4 ? 0 : 1)),
      }));
      step += 1;
      session.run(`train/${LENGTH}`, {
        ...packRows(rows, LENGTH, 3),
        ...adamValues(step, 2e-5, adam),
      });
      return undefined;
    },
  };
}

/** One step of a reward model on rows padded to the right, half to all of the length long. */
export function createReward({ size, folder }: WorkloadPlace): Workload {
  const config = sizeConfig(size);
  const batchSize = batchOf(size);
  const settings = { ...adam, weightDecay: 1e-3 };
  const program = rewardProgram(config, {
    batchSize,
    lengths: [LENGTH],
    pooling: 'last',
    adam: settings,
    headRateFactor: 1,
  });
  const session = compileProgram(program, join(folder, 'graphs'));
  session.write(REWARD, {
    ...startWeights(config),
    'score.weight': Float32Array.from({ length: config.hidden_size }, (_, at) => 0.02 * normal(at)),
  });
  zeroGroup(session, program, MOMENTS);
  const rows = Array.from({ length: batchSize }, (_, row) => {
    const ids = randomIds(size, row, Math.floor(LENGTH * (0.5 + (0.5 * (row + 1)) / batchSize)));
    return { ids, counted: ids.map(() => 0) };
  });
  const label = Float32Array.from({ length: batchSize }, (_, row) => normal(7, row));
  let step = 0;
  return {
    run() {
      step += 1;
      const { ids, mask } = packRows(rows, LENGTH, 3) as { ids: Int32Array; mask: Float32Array };
      session.run(`train/${LENGTH}`, { ids, mask, label, ...adamValues(step, 1e-5, settings) });
      return undefined;
    },
  };
}
