import type { CollectSettings } from '../../../contracts/recipe/collect.js';
import {
  pairRoutes,
  splits,
  type PairRoute,
  type PromptPair,
  type Split,
} from '../../../contracts/records.js';
import { contentKept, words } from '../../../text/words.js';
import type { SeparatedPairs } from '../filter/separate-splits.js';

export interface SourceRecord {
  /** As the recipe names it. */
  source: string;
  sha256: string;
  byteLength: number;
}

interface Lengths {
  mean: number;
  median: number;
  p95: number;
  max: number;
}

/** `card.json` of a dataset: what the data is, where it comes from, and what was put aside. */
export interface DataCard {
  version: 1;
  sources: SourceRecord[];
  /** Licence and origin of the bundled sources; empty when none is used. */
  licence: string;
  settings: CollectSettings;
  /** Providers whose answers are simulated. */
  simulated: string[];
  rows: { read: number; clean: number; trainPrompts: number };
  /** Counted by the reason without its details. */
  rejected: Record<string, number>;
  pairs: { total: number; bySplit: Record<Split, number>; byRoute: Record<PairRoute, number> };
  /** Words of descriptions and targets over all splits. */
  words: { x: Lengths; y: Lengths };
  /** Mean share of the description's content words found in the target. */
  contentKept: number;
}

/** The counts and lengths of a dataset, as the card states them. */
export function describePairs(
  separated: SeparatedPairs,
): Pick<DataCard, 'pairs' | 'words' | 'contentKept'> {
  const all = splits.flatMap((split) => separated.pairs[split]);
  const count = (of: (pair: PromptPair) => boolean) => all.filter(of).length;
  return {
    pairs: {
      total: all.length,
      bySplit: record(splits, (split) => separated.pairs[split].length),
      byRoute: record(pairRoutes, (route) => count((pair) => pair.route === route)),
    },
    words: {
      x: lengthsOf(all.map((pair) => words(pair.x).length)),
      y: lengthsOf(all.map((pair) => words(pair.y).length)),
    },
    contentKept: mean(all.map((pair) => contentKept(pair.x, pair.y))),
  };
}

function record<Key extends string, Value>(
  keys: readonly Key[],
  valueOf: (key: Key) => Value,
): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<Key, Value>;
}

function lengthsOf(values: number[]): Lengths {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { mean: mean(values), median: at(0.5), p95: at(0.95), max: at(1) };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
