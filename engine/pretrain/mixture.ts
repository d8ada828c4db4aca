import type { PretrainSettings } from '../../recipe/sections/training.js';
import type { PromptPair } from '../../contracts/records.js';
import { MixtureDraw, uniform } from '../../text/random.js';
import { copiedTokensRow, copiedWordsRow, copySource } from '../batches/copy-rows.js';
import { encodePair, pairRow, type TokenRow } from '../prompts/template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';

/** Ids below this are special tokens and single bytes, which make poor copying exercises. */
const FIRST_MERGED_ID = 260;

/**
 * The endless rows of pretraining: row `index` is a pure function of the seed and the index.
 *
 * Pairs and plain prompts count every token; copied words and copied tokens count the copy alone.
 */
export function createMixture(
  data: { pairs: PromptPair[]; prompts: string[] },
  options: { tokenizer: Tokenizer; template: string; settings: PretrainSettings; seed: number },
): (index: number) => TokenRow {
  const { tokenizer, template, settings, seed } = options;
  const { maxTokens, mixture } = settings;
  const whole = { maxTokens, countPrompt: true };
  const pairs = data.pairs.map((pair) => encodePair(tokenizer, pair, { template, ...whole }));
  const prompts = data.prompts.map((prompt) =>
    pairRow([], [...tokenizer.encode(prompt), tokenizer.endId], whole),
  );
  const form = { tokenizer, template, maxTokens };
  const source = copySource(data.prompts);
  const pick = (rows: TokenRow[], index: number): TokenRow =>
    rows[Math.floor(uniform(seed, index, MixtureDraw.row) * rows.length)]!;
  const kinds: [number, (index: number) => TokenRow][] = [
    [mixture.pairs, (index) => pick(pairs, index)],
    [
      mixture.copiedWords,
      (index) => copiedWordsRow(source, { ...form, keys: [seed, index, MixtureDraw.copiedWords] }),
    ],
    [
      mixture.copiedTokens,
      (index) =>
        copiedTokensRow({
          ...form,
          keys: [seed, index, MixtureDraw.copiedTokens],
          firstId: FIRST_MERGED_ID,
        }),
    ],
    [mixture.prompts, (index) => pick(prompts, index)],
  ];
  const total = kinds.reduce((sum, [share]) => sum + share, 0);
  return (index) => {
    let left = uniform(seed, index, MixtureDraw.kind) * total;
    for (const [share, make] of kinds) {
      left -= share;
      if (left < 0) return make(index);
    }
    return kinds.at(-1)![1](index);
  };
}
