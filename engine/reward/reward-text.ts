import { z } from 'zod';
import { encodePrompt, encodeTarget } from '../prompts/template.js';
import type { TokenRow } from '../prompts/template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Reads `reward.json`. @throws Error when it is missing or not as expected. */
export function readRewardCard(folder: string): RewardCard {
  return rewardCardSchema.parse(JSON.parse(readFileSync(join(folder, 'reward.json'), 'utf8')));
}

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
