import { createHash } from 'node:crypto';
import type { PromptRow, RejectedRow } from '../../contracts/records.js';
import type { CollectSettings, FilterThresholds } from '../../recipe/sections/collect.js';
import { type DuplicateIndex, DuplicateReason } from '../duplicates/duplicate-index.js';
import { excerptOf, type SourceRow, type UnreadableRow } from '../sources/source-row.js';
import { cleanText, plainSpaces } from './clean-text.js';
import { MAX_CHARACTERS, rejectionOf } from './rules.js';

export type CleanSettings = Pick<
  CollectSettings,
  'minWords' | 'maxWords' | 'lowerCase' | 'filters'
>;

export interface Cleaner {
  /** The row in its one spelling, or why it is put aside; `reasonKey` of the reason is the filter it is counted under. */
  clean(row: SourceRow | UnreadableRow): PromptRow | RejectedRow;
}

/**
 * Cleans one row after another; only hashes of those that passed are held, in `duplicates`.
 *
 * Order, cheap before costly: what equals an earlier row, the rules, what nearly equals one. Of equal or nearly equal
 * prompts the first that passes the rules stays. An index that was saved by an earlier collection goes on from there;
 * what repeats a text that it came with has a reason of its own.
 */
export function createCleaner(
  settings: CleanSettings,
  { duplicates }: { duplicates: DuplicateIndex },
): Cleaner {
  const earlierCount = duplicates.size;
  return {
    clean(row) {
      const outcome = cleanRow(row, settings, { duplicates, earlierCount });
      if (typeof outcome !== 'string') return outcome;
      const excerpt = excerptOf('problem' in row ? row.excerpt : row.text);
      return { origin: row.origin, reason: outcome, excerpt };
    },
  };
}

function cleanRow(
  row: SourceRow | UnreadableRow,
  settings: CleanSettings,
  { duplicates, earlierCount }: { duplicates: DuplicateIndex; earlierCount: number },
): PromptRow | string {
  if ('problem' in row) return `unreadable: ${row.problem}`;
  if (row.text.length > MAX_CHARACTERS) {
    return `too many characters: ${row.text.length}, at most ${MAX_CHARACTERS} are read`;
  }
  const spaced = plainSpaces(row.text);
  if (spaced === '') return 'blank';
  const prompt = cleanText(spaced, settings);
  const equal = duplicates.findEqual(prompt);
  if (equal !== undefined) {
    return equal < earlierCount ? DuplicateReason.equalToEarlier : DuplicateReason.equal;
  }
  const reason =
    refuseByScores(row, settings.filters) ??
    rejectionOf(spaced, settings) ??
    // No rule depends on the case; cleaning may bring to light what stood between marks.
    (prompt.toLowerCase() === spaced.toLowerCase() ? undefined : rejectionOf(prompt, settings));
  if (reason !== undefined) return reason;
  const id = row.id ?? `p${createHash('sha256').update(prompt).digest('hex').slice(0, 16)}`;
  if (duplicates.hasId(id)) return `id already used: ${id}`;
  const near = duplicates.find(prompt);
  if (near !== undefined) {
    const key = near < earlierCount ? DuplicateReason.nearToEarlier : DuplicateReason.near;
    return `${key}: of clean row ${near}`;
  }
  duplicates.add(prompt);
  duplicates.takeId(id);
  return {
    id,
    prompt,
    source: row.origin,
    ...(row.image === undefined ? {} : { image: row.image }),
  };
}

/** The reason without its details, as the card counts it. */
export function reasonKey(reason: string): string {
  return reason.replace(/:.*/su, '');
}

type Scores = Pick<SourceRow, 'promptNsfw' | 'imageNsfw' | 'aesthetic'>;

/** Why the scores a source gives a row put it aside, or undefined; a score that is not there puts no row aside. */
function refuseByScores(row: Scores, limits: FilterThresholds): string | undefined {
  const { maxPromptNsfw, maxImageNsfw, minAesthetic } = limits;
  if (row.promptNsfw !== undefined && maxPromptNsfw !== null && row.promptNsfw > maxPromptNsfw) {
    return `unsafe by score: prompt ${row.promptNsfw}, at most ${maxPromptNsfw}`;
  }
  if (row.imageNsfw !== undefined && maxImageNsfw !== null && row.imageNsfw > maxImageNsfw) {
    return `unsafe by score: image ${row.imageNsfw}, at most ${maxImageNsfw}`;
  }
  if (row.aesthetic !== undefined && minAesthetic !== null && row.aesthetic < minAesthetic) {
    return `aesthetic score too low: ${row.aesthetic}, at least ${minAesthetic}`;
  }
  return undefined;
}
