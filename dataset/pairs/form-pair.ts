import type { PromptPair, PromptRow } from '../../contracts/records.js';
import type { CollectSettings, FilterThresholds } from '../../recipe/sections/collect.js';
import type { PairRoute } from '../../recipe/stage.js';
import { contentKept, contentWords, words } from '../../text/words.js';
import { cleanText, plainSpaces, tokenKey } from '../filter/clean-text.js';
import { rejectionOf } from '../filter/rules.js';

/** An improved prompt may be longer than a source prompt: it is cut afterwards. */
const MAX_ANSWER_WORDS = 400;

export type PairSettings = Pick<
  CollectSettings,
  'lowerCase' | 'maxDescriptionWords' | 'maxTargetWords' | 'minContentKept' | 'filters'
> & {
  /** Of the base model's tokenizer; needed where the recipe limits the tokens of targets. */
  countTokens?: CountTokens;
};

/**
 * The pair of a row and a provider's answer, or the reason why they make none.
 *
 * An answer must pass the rules that source prompts pass, as it came and as it is kept. A pair is kept when its
 * description is short, says something, and survives in the target.
 * @throws Error if the recipe limits tokens and no counter is given.
 */
export function formPair(
  row: Pick<PromptRow, 'id' | 'prompt'>,
  answer: { route: PairRoute; text: string },
  settings: PairSettings,
): PromptPair | string {
  const { route } = answer;
  const spaced = plainSpaces(answer.text).replace(/^["“'](.*)["”']$/u, '$1');
  const limits = { minWords: 1, maxWords: MAX_ANSWER_WORDS, filters: settings.filters };
  const text = cleanText(spaced, settings);
  const rejection =
    rejectionOf(spaced, limits) ?? (text === spaced ? undefined : rejectionOf(text, limits));
  if (rejection !== undefined) return `answer unusable: ${rejection}`;
  const [x, prompt] = route === 'improved' ? [row.prompt, text] : [text, row.prompt];

  if (contentWords(x).length === 0) return 'description says nothing';
  const xWords = words(x).length;
  if (xWords > settings.maxDescriptionWords) {
    return `description too long: ${xWords} words, at most ${settings.maxDescriptionWords}`;
  }
  const y = cutAtComma(prompt, settings.maxTargetWords);
  if (y === undefined) {
    return `target too long: no comma within ${settings.maxTargetWords} words`;
  }
  // What stood before a comma stands at the end now.
  const cutRejection = y === prompt ? undefined : rejectionOf(y, limits);
  if (cutRejection !== undefined) return `target unusable: ${cutRejection}`;
  const tokenProblem = tokenLengthProblem(y, settings.filters, settings.countTokens);
  if (tokenProblem !== undefined) return tokenProblem;
  if (tokenKey(x) === tokenKey(y)) return 'target repeats the description';
  if (words(y).length < xWords) return 'target shorter than the description';
  const kept = contentKept(x, y);
  if (kept < settings.minContentKept) {
    return `content lost: ${kept.toFixed(2)} kept, at least ${settings.minContentKept}`;
  }
  return { id: `${row.id}-${route}`, rowId: row.id, route, x, y };
}

/** How many tokens of the base model a text has. */
export type CountTokens = (text: string) => number;

/** True if the recipe limits the tokens of targets, so that a tokenizer must be loaded. */
export function limitsTokens({ minTargetTokens, maxTargetTokens }: FilterThresholds): boolean {
  return minTargetTokens !== null || maxTargetTokens !== null;
}

/**
 * Why a target is put aside for its length in tokens, or undefined.
 *
 * Source: the paper's released code drops targets under 25 BLOOM tokens when it loads them for training.
 * @throws Error if the recipe limits tokens and no counter is given.
 */
export function tokenLengthProblem(
  target: string,
  filters: FilterThresholds,
  countTokens: CountTokens | undefined,
): string | undefined {
  if (!limitsTokens(filters)) return undefined;
  if (countTokens === undefined) {
    throw new Error('The recipe limits the tokens of targets, and no tokenizer was given.');
  }
  const count = countTokens(target);
  const { minTargetTokens, maxTargetTokens } = filters;
  if (minTargetTokens !== null && count < minTargetTokens) {
    return `target has too few tokens: ${count}, at least ${minTargetTokens}`;
  }
  if (maxTargetTokens !== null && count > maxTargetTokens) {
    return `target has too many tokens: ${count}, at most ${maxTargetTokens}`;
  }
  return undefined;
}

/**
 * The longest run of whole comma segments from the start that has at most `maxWords` words.
 *
 * Undefined when the first segment alone is longer: cutting inside it would cut the subject.
 */
export function cutAtComma(text: string, maxWords: number): string | undefined {
  const kept: string[] = [];
  let count = 0;
  for (const segment of text.split(',')) {
    count += words(segment).length;
    if (count > maxWords) break;
    kept.push(segment);
  }
  const cut = kept.join(',').trim();
  return cut === '' ? undefined : cut;
}
