import type { PromptPair } from '../../contracts/records.js';
import { modifierSegments } from '../../text/modifiers.js';

/**
 * The modifiers most rows have, joined by `, `: the tail that is put after every description alike.
 *
 * Each row counts once, however many pairs it has; equal counts stand in alphabetical order.
 * Source: ours; a strong baseline for scores that reward popular words.
 */
export function popularTail(pairs: readonly PromptPair[], modifierCount: number): string {
  const rowsOf = new Map<string, Set<string>>();
  for (const pair of pairs) {
    for (const segment of modifierSegments(pair.y.toLowerCase())) {
      const rows = rowsOf.get(segment) ?? new Set<string>();
      rowsOf.set(segment, rows.add(pair.rowId));
    }
  }
  return [...rowsOf]
    .sort(([a, rowsA], [b, rowsB]) => rowsB.size - rowsA.size || (a < b ? -1 : 1))
    .slice(0, modifierCount)
    .map(([segment]) => segment)
    .join(', ');
}

/** The description with the tail after it. */
export function withTail(x: string, tail: string): string {
  return tail === '' ? x : `${x}, ${tail}`;
}
