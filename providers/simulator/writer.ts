import { modifierSegments } from '../../text/modifiers.js';
import { keyOf, uniform } from '../../text/random.js';
import { words } from '../../text/words.js';
import type { Knowledge } from './knowledge.js';
import { findNearest, subjectClause } from './subjects.js';
import type { ModifierIndex } from './scorer/text-parts.js';

const SUMMARY = keyOf('summary');
const CAPTION = keyOf('caption');
const IMPROVE = keyOf('improve');

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
export function improve(description: string, { tables, nearest }: Knowledge, seed: number): string {
  const key = keyOf(description);
  const neighbours = findNearest(nearest, description, 8);
  const first = Math.floor(uniform(seed, IMPROVE, key, 1) * neighbours.length);
  const wanted = 4 + Math.floor(uniform(seed, IMPROVE, key, 2) * 6);
  const said = ` ${words(description).join(' ')} `;
  const chosen = new Set<string>();
  // The chosen prompt's own modifiers; a neighbour's only to reach four.
  for (let step = 0; step < neighbours.length && (step === 0 || chosen.size < 4); step += 1) {
    const limit = step === 0 ? wanted : 4;
    for (const segment of modifierSegments(neighbours[(first + step) % neighbours.length] ?? '')) {
      if (chosen.size >= limit) break;
      const segmentWords = words(segment);
      const isModifier = tables.index.find(segmentWords).length > 0;
      if (isModifier && !said.includes(` ${segmentWords.join(' ')} `)) chosen.add(segment);
    }
  }
  return [description.trim().replace(/[,.;\s]+$/, ''), ...chosen].join(', ');
}
