import { modifierSegments } from '../../text/modifiers.js';
import { keyOf, uniform } from '../../text/random.js';
import { isStopWord, normalisePrompt, words } from '../../text/words.js';
import { findNearest, type NearestIndex } from './nearest.js';
import type { ModifierIndex } from './scorer/modifier-index.js';

const MAX_CLAUSE_WORDS = 12;
const SUMMARY = keyOf('summary');
const CAPTION = keyOf('caption');
const IMPROVE = keyOf('improve');

/**
 * What a prompt shows: its first segment that says more than modifiers, cut at "by", "in the style of" and at 12 words.
 */
export function subjectClause(prompt: string, index: ModifierIndex): string {
  const segments = normalisePrompt(prompt)
    .toLowerCase()
    .split(/[,;|]+|[.!?:]+(?=\s|$)/)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
  const clauses = segments.map((segment) => cutClause(segment, index));
  return (
    clauses.find((clause) => contentCount(clause) >= 2) ??
    clauses.find((clause) => contentCount(clause) > 0) ??
    segments[0] ??
    ''
  );
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
  // Modifiers at the end of the clause belong to the tail even where the comma is missing.
  for (;;) {
    const bare = tokens.map((token) => words(token)[0] ?? '');
    const last = index.find(bare).at(-1);
    if (last && last.start + last.length === bare.length) tokens.length = last.start;
    else if (tokens.length > 0 && isStopWord(bare.at(-1)!)) tokens.pop();
    else return tokens.join(' ');
  }
}

/**
 * A plain short description of a good prompt, as a chat model would write it: the subject clause, sometimes without a
 * leading "portrait of", in a quarter of the cases with an inner word left out.
 */
export function summarise(prompt: string, index: ModifierIndex, seed: number): string {
  const key = keyOf(prompt);
  const clause = subjectClause(prompt, index);
  const bare =
    uniform(seed, SUMMARY, key, 1) < 0.5
      ? clause.replace(/^(?:an? |the )?(?:\w+ )?portrait (?:photo |painting )?of (?=\S)/, '')
      : clause;
  const tokens = bare.split(' ');
  if (tokens.length >= 4 && uniform(seed, SUMMARY, key, 2) < 0.25) {
    tokens.splice(1 + Math.floor(uniform(seed, SUMMARY, key, 3) * (tokens.length - 2)), 1);
  }
  return tokens.join(' ');
}

const CAPTION_OPENINGS: [number, string][] = [
  [0.6, 'a photo of '],
  [0.8, 'a picture of '],
  [0.9, 'an image of '],
  [1, ''],
];

/** The caption a captioner like BLIP would give the picture of a prompt: "a photo of" and the subject clause. */
export function caption(prompt: string, index: ModifierIndex, seed: number): string {
  const draw = uniform(seed, CAPTION, keyOf(prompt));
  const opening = CAPTION_OPENINGS.find(([upTo]) => draw < upTo)?.[1] ?? '';
  const clause = subjectClause(prompt, index);
  return clause.startsWith('a photo of ') ? clause : `${opening}${clause}`;
}

/**
 * A better prompt for a plain description, as a chat model would write it: the description and 4 to 9 modifiers of one of
 * the eight nearest rich prompts.
 */
export function improve(description: string, nearest: NearestIndex, seed: number): string {
  const key = keyOf(description);
  const neighbours = findNearest(nearest, description, 8);
  const first = Math.floor(uniform(seed, IMPROVE, key, 1) * neighbours.length);
  const wanted = 4 + Math.floor(uniform(seed, IMPROVE, key, 2) * 6);
  const said = ` ${words(description).join(' ')} `;
  const chosen = new Set<string>();
  // The chosen prompt's own modifiers; a neighbour's only to reach four.
  for (let step = 0; step < neighbours.length && (step === 0 || chosen.size < 4); step += 1) {
    const limit = step === 0 ? wanted : 4;
    for (const segment of modifierSegments(neighbours[(first + step) % neighbours.length]!)) {
      if (chosen.size >= limit) break;
      if (!said.includes(` ${words(segment).join(' ')} `)) chosen.add(segment);
    }
  }
  return [description.trim().replace(/[,.;\s]+$/, ''), ...chosen].join(', ');
}
