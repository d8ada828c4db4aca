import { keyOf } from '../../text/random.js';
import { contentWords, isStopWord, normalisePrompt, words } from '../../text/words.js';
import type { ModifierIndex } from './scorer/text-parts.js';

const MAX_CLAUSE_WORDS = 12;

/**
 * What a prompt shows: its first segment that says more than modifiers, cut at "by", "in the style of" and at 12 words.
 */
export function subjectClause(prompt: string, index: ModifierIndex): string {
  const segments = normalisePrompt(prompt)
    .toLowerCase()
    .split(/[,;|]+|[.!?:]+(?=\s|$)/)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
  let short: string | undefined;
  for (const segment of segments) {
    const clause = cutClause(segment, index);
    const count = contentCount(clause);
    if (count >= 2) return clause;
    if (count > 0) short ??= clause;
  }
  return short ?? (segments[0] ?? '').split(' ').slice(0, MAX_CLAUSE_WORDS).join(' ');
}

function contentCount(clause: string): number {
  return words(clause).filter((word) => !isStopWord(word)).length;
}

function cutClause(segment: string, index: ModifierIndex): string {
  const clause =
    segment.split(
      /\s+(?:(?:art|painted|drawn|made|rendered|designed) )?by\s|\s+in (?:the )?style (?:of|by)\b/,
    )[0] ?? '';
  const tokens = clause.split(' ').slice(0, MAX_CLAUSE_WORDS);
  // Modifiers at the end belong to the tail even where the comma is missing, but not behind "in the".
  for (;;) {
    const bare = tokens.map((token) => words(token)[0] ?? '');
    const last = index.find(bare).at(-1);
    const isTail = last !== undefined && last.start + last.length === bare.length;
    if (isTail && !isStopWord(bare[last.start - 1] ?? '')) tokens.length = last.start;
    else if (tokens.length > 0 && isStopWord(bare.at(-1) ?? '')) tokens.pop();
    else return tokens.join(' ');
  }
}

/** Prompts by the content words of their subject, for a search by shared rare words. */
export interface NearestIndex {
  prompts: readonly string[];
  /** Places of the prompts that hold a word. */
  holders: ReadonlyMap<string, number[]>;
}

/** An index of prompts under the words of their subjects. */
export function createNearestIndex(rows: { prompt: string; subject: string }[]): NearestIndex {
  const holders = new Map<string, number[]>();
  for (const [place, { subject }] of rows.entries()) {
    for (const word of contentWords(subject)) {
      const list = holders.get(word);
      if (list) list.push(place);
      else holders.set(word, [place]);
    }
  }
  return { prompts: rows.map((row) => row.prompt), holders };
}

/**
 * The `count` prompts that share the rarest words with a text, best first; ties in the prompts' order. Where nothing is
 * shared, prompts at a place that depends on the text alone.
 */
export function findNearest(index: NearestIndex, text: string, count: number): string[] {
  const total = index.prompts.length;
  const weights = new Float64Array(total);
  for (const word of contentWords(text)) {
    const holders = index.holders.get(word) ?? [];
    const weight = Math.log(total / (holders.length || total));
    for (const place of holders) weights[place] = (weights[place] ?? 0) + weight;
  }
  const places = heaviest(weights, count);
  for (let step = 0; places.length < Math.min(count, total); step += 1) {
    const place = (keyOf(text) + step * 7919) % total;
    if (!places.includes(place)) places.push(place);
  }
  return places.map((place) => index.prompts[place] ?? '');
}

/** Places of the `count` largest weights above 0, largest first, ties in order: a word may have thousands of holders, and sorting them all took most of an answer's time. */
function heaviest(weights: Float64Array, count: number): number[] {
  const best: number[] = [];
  let least = 0;
  for (let place = 0; place < weights.length; place += 1) {
    const weight = weights[place] ?? 0;
    if (weight <= least) continue;
    let at = best.length;
    while (at > 0 && (weights[best[at - 1] ?? 0] ?? 0) < weight) at -= 1;
    best.splice(at, 0, place);
    if (best.length > count) best.length = count;
    if (best.length === count) least = weights[best[count - 1] ?? 0] ?? 0;
  }
  return best;
}
