import type { CollectSettings } from '../../../contracts/recipe/collect.js';
import type { PairRoute, PromptPair, PromptRow } from '../../../contracts/records.js';
import { contentKept, contentWords, words } from '../../../text/words.js';
import { cleanText, plainSpaces, tokenKey } from '../filter/clean-text.js';
import { cutAtComma } from './cut-target.js';
import { rejectionOf } from '../filter/filter-rules.js';

/** An improved prompt may be longer than a source prompt: it is cut afterwards. */
const MAX_ANSWER_WORDS = 400;

export type PairSettings = Pick<
  CollectSettings,
  'lowerCase' | 'maxDescriptionWords' | 'maxTargetWords' | 'minContentKept'
>;

/**
 * The pair of a row and a provider's answer, or the reason why they make none.
 *
 * A pair is kept when its description is short, says something, and survives in the target.
 */
export function formPair(
  row: Pick<PromptRow, 'id' | 'prompt'>,
  answer: { route: PairRoute; text: string },
  settings: PairSettings,
): PromptPair | string {
  const { route } = answer;
  const spaced = plainSpaces(answer.text).replace(/^["“'](.*)["”']$/u, '$1');
  const rejection = rejectionOf(spaced, { minWords: 1, maxWords: MAX_ANSWER_WORDS });
  if (rejection !== undefined) return `answer unusable: ${rejection}`;
  const text = cleanText(spaced, settings);
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
  if (tokenKey(x) === tokenKey(y)) return 'target repeats the description';
  if (words(y).length < xWords) return 'target shorter than the description';
  const kept = contentKept(x, y);
  if (kept < settings.minContentKept) {
    return `content lost: ${kept.toFixed(2)} kept, at least ${settings.minContentKept}`;
  }
  return { id: `${row.id}-${route}`, rowId: row.id, route, x, y };
}
