import { join } from 'node:path';
import type { PromptPair } from '../../contracts/records.js';
import {
  heldOutRowSchema,
  type EvaluationMethod,
  type HeldOutRow,
} from '../../contracts/report.js';
import { readAllRows } from '../../files/jsonl.js';
import { modifierSegments } from '../../text/modifiers.js';
import { keyOf, randomBits } from '../../text/random.js';
import type { TextToScore } from '../score/scored-texts.js';

/**
 * One pair a source row, at most `count` of them, in an order that depends on the seed and the row ids alone.
 *
 * A row may have three pairs (one a route); two descriptions of one picture are not independent, so one is kept.
 */
export function chooseHeldOut(
  pairs: readonly PromptPair[],
  options: { count: number; seed: number },
): PromptPair[] {
  const chosen = new Map<string, { pair: PromptPair; rank: number }>();
  for (const pair of pairs) {
    const rank = randomBits(options.seed, keyOf(pair.id));
    const other = chosen.get(pair.rowId);
    if (!other || rank < other.rank || (rank === other.rank && pair.id < other.pair.id)) {
      chosen.set(pair.rowId, { pair, rank });
    }
  }
  return [...chosen.values()]
    .map(({ pair }) => ({ pair, rank: randomBits(options.seed, 1, keyOf(pair.rowId)) }))
    .sort((a, b) => a.rank - b.rank || (a.pair.rowId < b.pair.rowId ? -1 : 1))
    .slice(0, options.count)
    .map(({ pair }) => pair);
}

/** The held-out descriptions of an artifact, with every method's text. */
export function readHeldOutRows(folder: string): Promise<HeldOutRow[]> {
  return readAllRows(join(folder, 'written.jsonl'), heldOutRowSchema);
}

/** What is scored of a method's text. A description's pictures have the same seeds for every method. */
export function textToScore(
  { rowId, x, texts }: HeldOutRow,
  method: EvaluationMethod,
): TextToScore {
  return { x, y: drawableText(x, texts[method].y), rowKey: keyOf(rowId) };
}

/**
 * The text a picture is asked for: y, or the description where y is blank.
 *
 * No picture can be made of nothing; a product would fall back on the description. Content kept and words still count
 * the blank text as it is.
 */
export function drawableText(x: string, y: string): string {
  return y.trim() === '' ? x : y;
}

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
