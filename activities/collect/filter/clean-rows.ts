import { createHash } from 'node:crypto';
import type { CollectSettings } from '../../../contracts/recipe/collect.js';
import type { PromptRow, RejectedRow } from '../../../contracts/records.js';
import { cleanText, plainSpaces, tokenKey } from './clean-text.js';
import { MAX_CHARACTERS, rejectionOf } from './filter-rules.js';
import { findNearDuplicates } from './near-duplicates.js';
import { excerptOf, type SourceRow, type UnreadableRow } from '../sources/source-row.js';
import { itemAt } from '../../../text/item-at.js';

type CleanSettings = Pick<
  CollectSettings,
  'minWords' | 'maxWords' | 'lowerCase' | 'maxRows' | 'filters'
>;

export interface CleanedRows {
  rows: PromptRow[];
  rejected: RejectedRow[];
  readCount: number;
}

/**
 * The rows that pass every filter, in source order and in one spelling, and the others with the reason.
 *
 * Order, cheap before costly: normalise, exact duplicates by their words, the rules, near-duplicates. Of equal or
 * nearly equal prompts the first that passes the rules stays. Time grows linearly with the rows.
 */
export async function cleanRows(
  source: AsyncIterable<SourceRow | UnreadableRow>,
  settings: CleanSettings,
  onRead: (readCount: number) => void = () => undefined,
): Promise<CleanedRows> {
  const rejected: RejectedRow[] = [];
  const candidates: PromptRow[] = [];
  const keys = new Set<string>();
  const ids = new Set<string>();
  let readCount = 0;

  for await (const row of source) {
    readCount += 1;
    onRead(readCount);
    const outcome = cleanRow(row, { settings, keys, ids });
    if (typeof outcome === 'string') {
      const excerpt = excerptOf('problem' in row ? row.excerpt : row.text);
      rejected.push({ origin: row.origin, reason: outcome, excerpt });
    } else candidates.push(outcome);
    if (settings.maxRows !== null && readCount >= settings.maxRows) break;
  }

  const rows: PromptRow[] = [];
  const repeated = findNearDuplicates(
    candidates.map((row) => row.prompt),
    settings.filters.nearDuplicate,
  );
  for (const [index, row] of candidates.entries()) {
    if (repeated[index] === undefined) rows.push(row);
    else {
      const reason = `near-duplicate: of ${itemAt(candidates, repeated[index]).id}`;
      rejected.push({ origin: row.source, reason, excerpt: excerptOf(row.prompt) });
    }
  }
  return { rows, rejected, readCount };
}

/** The row in its one spelling, or the reason to put it aside. */
function cleanRow(
  row: SourceRow | UnreadableRow,
  context: { settings: CleanSettings; keys: Set<string>; ids: Set<string> },
): PromptRow | string {
  const { settings, keys, ids } = context;
  if ('problem' in row) return `unreadable: ${row.problem}`;
  if (row.text.length > MAX_CHARACTERS) {
    return `too many characters: ${row.text.length}, at most ${MAX_CHARACTERS} are read`;
  }
  const spaced = plainSpaces(row.text);
  if (spaced === '') return 'blank';
  const key = tokenKey(spaced);
  if (key !== '' && keys.has(key)) return 'duplicate';
  keys.add(key);
  const reason = rejectionOf(spaced, settings);
  if (reason !== undefined) return reason;
  const prompt = cleanText(spaced, settings);
  const id = row.id ?? `p${createHash('sha256').update(prompt).digest('hex').slice(0, 16)}`;
  if (ids.has(id)) return `id already used: ${id}`;
  ids.add(id);
  return { id, prompt, source: row.origin };
}

/** The reason without its details, as the card counts it. */
export function reasonKey(reason: string): string {
  return reason.replace(/:.*/su, '');
}
