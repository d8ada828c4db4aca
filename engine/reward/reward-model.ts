import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bucketOfRows, everyBucket, packRows } from '../batches/pack-rows.js';
import { compileProgram } from '../graph/compile.js';
import type { Session } from '../graph/program.js';
import { rewardHeadShapes } from '../model/heads.js';
import { encodePrompt, encodeTarget, type TokenRow } from '../prompts/template.js';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { readTemplate } from '../weights/model-files.js';
import { loadWeights } from '../weights/session-weights.js';
import { predictProgram, REWARD } from './reward-program.js';

/** `reward.json` of a reward model's folder: what it reads and the units of its output. */
export const rewardCardSchema = z.strictObject({
  target: z.enum(['pick', 'aesthetic']),
  pooling: z.enum(['last', 'mean']),
  maxTokens: z.int(),
  /** The labels' mean and standard deviation; the network's output is standardised. */
  mean: z.number(),
  std: z.number().gt(0),
});
export type RewardCard = z.infer<typeof rewardCardSchema>;

/** Writes `reward.json`. */
export function writeRewardCard(folder: string, card: RewardCard): void {
  writeFileSync(join(folder, 'reward.json'), `${JSON.stringify(card, null, 2)}\n`);
}

/**
 * Tokens of what a reward model reads: the template with x and then y for PickScore, y alone for the aesthetic score.
 *
 * A text that is too long loses the beginning of what comes before its end, as the released code truncates on the left.
 */
export function rewardRow(
  tokenizer: Tokenizer,
  text: { template: string; x: string; y: string },
  options: { target: RewardCard['target']; maxTokens: number },
): TokenRow {
  const target = encodeTarget(tokenizer, text.y);
  const prompt = options.target === 'pick' ? encodePrompt(tokenizer, text, options.maxTokens) : [];
  const ids = [...prompt, ...target].slice(-options.maxTokens);
  return { ids, counted: ids.map(() => 0) };
}

/** Standardised scores of rows by the signatures `predict/<length>`, in the order given. */
export function predictRows(
  session: Session,
  rows: readonly TokenRow[],
  options: { batchSize: number; maxTokens: number; padId: number },
): number[] {
  const order = [...rows.keys()].sort((a, b) => rows[a]!.ids.length - rows[b]!.ids.length || a - b);
  const scores = new Array<number>(rows.length).fill(0);
  for (let start = 0; start < order.length; start += options.batchSize) {
    const part = order.slice(start, start + options.batchSize);
    const batch = part.map((index) => rows[index]!);
    while (batch.length < options.batchSize) batch.push(batch[0]!);
    const length = bucketOfRows(batch, options.maxTokens);
    const { ids, mask } = packRows(batch, length, options.padId);
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
  { batchSize, graphFolder }: { batchSize: number; graphFolder: string },
): RewardModel {
  const card = rewardCardSchema.parse(
    JSON.parse(readFileSync(join(folder, 'reward.json'), 'utf8')),
  );
  const config = readBloomConfig(folder);
  const tokenizer = loadTokenizer(folder, config.vocab_size);
  const template = readTemplate(folder);
  const { maxTokens, pooling } = card;
  const program = predictProgram(config, { batchSize, lengths: everyBucket(maxTokens), pooling });
  const session = compileProgram(program, graphFolder);
  loadWeights(session, REWARD, { folder, heads: rewardHeadShapes(config) });
  return {
    card,
    score(rows) {
      const encoded = rows.map(({ x, y }) => rewardRow(tokenizer, { template, x, y }, card));
      return predictRows(session, encoded, { batchSize, maxTokens, padId: tokenizer.padId });
    },
    dispose: () => {
      session.dispose();
    },
  };
}
