import { join } from 'node:path';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import type { Program, Session, Values } from '../graph/program.js';
import { bloomShapes } from '../model/bloom.js';
import { firstLora } from '../model/lora.js';
import { FROZEN, type TrainableSplit } from '../model/trainable-split.js';
import { resetOptimiser } from '../optim/optimiser-step.js';
import { writeAdapter } from '../weights/adapter-folder.js';
import { mergeLora } from '../weights/merge-adapter.js';
import { loadWeights, writeModel, writeModelFolder } from '../weights/session-weights.js';

/** Sets every variable of a training at step 0: weights from the folder, new heads and adapters, no moments or gradients. */
export function loadSplitModel(
  session: Session,
  program: Program,
  options: { split: TrainableSplit; group: string; folder: string; heads?: Values; seed: number },
): void {
  const { split, group, folder } = options;
  const isFrozen = (name: string): boolean => name in split.frozen;
  if (Object.keys(split.frozen).length > 0)
    loadWeights(session, FROZEN, { folder, rename: (name) => (isFrozen(name) ? name : undefined) });
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
    /** Shapes of the head's weights that belong to the model; absent: none. */
    heads?: Record<string, number[]>;
  } & Omit<Parameters<typeof writeModel>[1], 'dtype' | 'shapes'>,
): void {
  const { split, session, group, heads = {} } = options;
  const { lora } = options.size;
  const shapes = { ...bloomShapes(options.config), ...heads };
  const model = { ...options, dtype: 'F32', shapes } as const;
  if (Object.keys(split.frozen).length === 0) {
    writeModel(folder, model);
    return;
  }
  const trained = session.snapshot(group);
  const frozen = session.snapshot(FROZEN);
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
    writeModelFolder(folder, model, read);
    if (lora)
      writeAdapter(join(folder, 'adapter'), {
        lora,
        task: options.architecture === 'BloomForSequenceClassification' ? 'SEQ_CLS' : 'CAUSAL_LM',
        heads: Object.keys(heads),
        tensors: Object.entries(split.trained).map(([name, shape]) => {
          return { name, shape, data: trained.read(name) as Float32Array };
        }),
      });
  } finally {
    trained.release();
    frozen.release();
  }
}
