import { packRows } from '../batches/pack-rows.js';
import { bucketLength, everyBucket } from '../batches/plan-batches.js';
import type { TokenRow } from '../prompts/template.js';
import { compileProgram } from '../graph/compile.js';
import type { Session } from '../graph/program.js';
import { rewardHeadShapes } from '../model/heads.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { readTemplate } from '../weights/model-files.js';
import { loadWeights } from '../weights/model-state.js';
import { predictProgram, REWARD } from './reward-program.js';
import { readRewardCard, rewardRow } from './reward-text.js';
import type { RewardCard } from './reward-text.js';

/** Standardised scores of rows by the signatures `predict/<length>`, in the order given. */
export function predictRows(
  session: Session,
  rows: readonly TokenRow[],
  options: { batchSize: number; maxTokens: number; padId: number },
): number[] {
  const order = rows
    .map((_, index) => index)
    .sort((a, b) => rows[a]!.ids.length - rows[b]!.ids.length || a - b);
  const scores = new Array<number>(rows.length).fill(0);
  for (let start = 0; start < order.length; start += options.batchSize) {
    const part = order.slice(start, start + options.batchSize);
    const batch = Array.from(
      { length: options.batchSize },
      (_, index) => rows[part[index] ?? part[0]!]!,
    );
    const length = bucketLength(Math.max(...batch.map((row) => row.ids.length)), options.maxTokens);
    const { ids, mask } = packRows(batch, length, options.padId) as {
      ids: Int32Array;
      mask: Float32Array;
    };
    const result = session.run(`predict/${length}`, { ids, mask })['score']!;
    for (const [place, index] of part.entries()) scores[index] = result[place]!;
  }
  return scores;
}

export interface RewardModel {
  readonly card: RewardCard;
  /** Standardised scores; times card.std plus card.mean gives the labels' units. */
  score(rows: readonly { x: string; y: string }[]): number[];
  dispose(): void;
}

/**
 * A reward model from its folder, ready to score.
 *
 * @throws Error if the folder is no reward model.
 */
export function loadRewardModel(
  folder: string,
  options: { batchSize: number; graphFolder: string },
): RewardModel {
  const card = readRewardCard(folder);
  const config = readBloomConfig(folder);
  const tokenizer = loadTokenizer(folder, config.vocab_size);
  const template = readTemplate(folder);
  const lengths = everyBucket(card.maxTokens);
  const session = compileProgram(
    predictProgram(config, { batchSize: options.batchSize, lengths, pooling: card.pooling }),
    options.graphFolder,
  );
  loadWeights(session, REWARD, { folder, heads: rewardHeadShapes(config) });
  return {
    card,
    score: (rows) => {
      const encoded = rows.map(({ x, y }) => rewardRow(tokenizer, { template, x, y }, card));
      return predictRows(session, encoded, {
        batchSize: options.batchSize,
        maxTokens: card.maxTokens,
        padId: tokenizer.padId,
      });
    },
    dispose: () => {
      session.dispose();
    },
  };
}
