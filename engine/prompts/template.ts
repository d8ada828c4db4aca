import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';

/** Longest prompt of a text that is asked of a finished model; longer descriptions are cut. */
export const MAX_PROMPT_TOKENS = 128;

/** Prompts are padded to a multiple of this, so that few graphs serve all. */
const PROMPT_STEP = 8;

/** Room that a graph has for prompts of these lengths. */
export function promptRoom(lengths: Iterable<number>): number {
  const longest = [...lengths].reduce((most, length) => Math.max(most, length), 0);
  return Math.ceil(longest / PROMPT_STEP) * PROMPT_STEP;
}

/** A tokenised row of language-model training. */
export interface TokenRow {
  ids: number[];
  /** 1 where the loss counts the prediction of this token, else 0; as long as `ids`. */
  counted: number[];
}

/**
 * Token ids of the template around a description, which is cut, never the template, when the whole is too long.
 *
 * SFT, PPO, evaluation and serving all call this one function, so that they see the same tokens.
 * @throws InputInvalidError if the template alone is longer than `maxTokens`.
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  text: { template: string; x: string },
  maxTokens: number,
): number[] {
  const [before = '', after = ''] = text.template.split('{x}');
  const encode = (x: string): number[] => tokenizer.encode(before + x + after);
  const ids = encode(text.x);
  if (ids.length <= maxTokens) return ids;
  const characters = Array.from(text.x);
  const first = (count: number): number[] => encode(characters.slice(0, count).join(''));
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (first(middle).length <= maxTokens) low = middle;
    else high = middle - 1;
  }
  const cut = first(low);
  if (cut.length > maxTokens)
    throw new InputInvalidError(
      `the template alone has ${cut.length} tokens, more than the ${maxTokens} allowed: shorten model.template`,
    );
  return cut;
}

/**
 * Ensures that texts can be asked of a model with this template: the longest prompt has room for it.
 *
 * @throws InputInvalidError with its length in tokens.
 */
export function assertTemplateFits(tokenizer: Tokenizer, template: string): void {
  encodePrompt(tokenizer, { template, x: '' }, MAX_PROMPT_TOKENS);
}

/** Token ids of a target: one space, the text, the end token. */
export function encodeTarget(tokenizer: Tokenizer, y: string): number[] {
  return [...tokenizer.encode(` ${y}`), tokenizer.endId];
}

/** Text of generated ids, up to the first end token. */
export function decodeTarget(
  tokenizer: Tokenizer,
  ids: ArrayLike<number>,
): { text: string; ended: boolean; tokenCount: number } {
  const list = Array.from(ids);
  const end = list.indexOf(tokenizer.endId);
  const kept = end === -1 ? list : list.slice(0, end);
  return {
    text: tokenizer.decode(kept).trim(),
    ended: end !== -1,
    tokenCount: end === -1 ? list.length : end + 1,
  };
}

/** A prompt and its target as one row with the loss on the target, or on everything. A too long target loses its end. */
export function pairRow(
  prompt: number[],
  target: number[],
  options: { maxTokens: number; countPrompt: boolean },
): TokenRow {
  const ids = [...prompt, ...target].slice(0, options.maxTokens);
  return {
    ids,
    counted: ids.map((_, index) => (options.countPrompt || index >= prompt.length ? 1 : 0)),
  };
}

/**
 * A pair as one row; the description gets at most half of it.
 *
 * @throws InputInvalidError if the template alone is longer than that half.
 */
export function encodePair(
  tokenizer: Tokenizer,
  { x, y }: { x: string; y: string },
  options: { template: string; maxTokens: number; countPrompt: boolean },
): TokenRow {
  const { template, maxTokens } = options;
  const prompt = encodePrompt(tokenizer, { template, x }, maxTokens >> 1);
  return pairRow(prompt, encodeTarget(tokenizer, y), options);
}
