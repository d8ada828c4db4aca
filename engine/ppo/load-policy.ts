import type { Program, Session } from '../graph/program.js';
import { firstValueHead } from '../model/heads.js';
import { POLICY } from '../model/language-model.js';
import type { TrainableSplit } from '../model/trainable-split.js';
import { loadSplitModel } from '../training/split-model.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { loadWeights } from '../weights/model-state.js';
import { REFERENCE, referenceName, referenceShapes } from './ppo-program.js';

/** Sets policy and reference to the fine-tuned model, with a new value head and, where asked for, new adapters. */
export function loadPolicy(
  session: Session,
  program: Program,
  options: { split: TrainableSplit; config: BloomConfig; folder: string; seed: number },
): void {
  const { split, config, folder, seed } = options;
  const heads = firstValueHead(config, seed);
  loadSplitModel(session, program, { split, group: POLICY, folder, heads, seed });
  const copies = referenceShapes(split);
  if (Object.keys(copies).length > 0)
    loadWeights(session, REFERENCE, {
      folder,
      rename: (name) => (name in copies ? referenceName(name) : undefined),
    });
}
