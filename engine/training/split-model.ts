import { join } from 'node:path';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import type { Program, Session, Values } from '../graph/program.js';
import { firstLora } from '../model/lora.js';
import { FROZEN } from '../model/trainable-split.js';
import type { TrainableSplit } from '../model/trainable-split.js';
import { resetOptimiser } from '../optim/optimiser-step.js';
import { writeAdapter } from '../weights/adapter-folder.js';
import { mergeLora } from '../weights/merge-adapter.js';
import { loadWeights, writeModel, writeModelFolder } from '../weights/session-weights.js';

/** Sets every variable of a training at step 0: weights from the folder, new heads and adapters, no moments or gradients. */
export function loadSplitModel(
  session: Session,
  program: Program,
  options: {
    split: TrainableSplit;
    group: string;
    folder: string;
    heads?: Values;
    seed: number;
  },
): void {
  const { split, group, folder } = options;
  const isFrozen = (name: string): boolean => name in split.frozen;
  if (Object.keys(split.frozen).length > 0)
    loadWeights(session, FROZEN, {
      folder,
      rename: (name) => (isFrozen(name) ? name : undefined),
    });
  loadWeights(session, group, {
    folder,
    rename: (name) => (isFrozen(name) ? undefined : name),
    extra: { ...firstLora(split.trained, options.seed), ...options.heads },
  });
  resetOptimiser(session, program);
}

/**
 * Writes a trained model as a Hugging Face folder, frozen weights and all, with adapters merged into their matrices and
 * once more apart in PEFT form in `adapter/`.
 */
export function writeSplitModel(
  folder: string,
  options: {
    split: TrainableSplit;
    size: Pick<TrainingSize, 'lora'>;
    /** Names of the head's weights that belong to the model. */
    heads: readonly string[];
  } & Parameters<typeof writeModel>[1],
): void {
  const { split, session, group } = options;
  const { lora } = options.size;
  if (Object.keys(split.frozen).length === 0) {
    writeModel(folder, options);
    return;
  }
  const held = [session.snapshot(group), session.snapshot(FROZEN)] as const;
  const [trained, frozen] = held;
  const read = (name: string): Float32Array => {
    const matrix = name.replace(/\.weight$/, '');
    const [aName, bName] = [`${matrix}.lora_A.weight`, `${matrix}.lora_B.weight`];
    if (!(name in split.frozen)) return trained.read(name) as Float32Array;
    const weight = frozen.read(name) as Float32Array;
    if (!lora || !(aName in split.trained)) return weight;
    const [a, b] = [trained.read(aName) as Float32Array, trained.read(bName) as Float32Array];
    return mergeLora(weight, { a, b, rank: lora.rank, scale: lora.alpha / lora.rank });
  };
  try {
    writeModelFolder(folder, options, read);
    if (lora)
      writeAdapter(join(folder, 'adapter'), {
        lora,
        task: options.architecture === 'BloomForSequenceClassification' ? 'SEQ_CLS' : 'CAUSAL_LM',
        heads: options.heads,
        tensors: Object.entries(split.trained).map(([name, shape]) => ({
          name,
          shape,
          data: trained.read(name) as Float32Array,
        })),
      });
  } finally {
    for (const snapshot of held) snapshot.release();
  }
}
