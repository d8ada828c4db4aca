import type { PromptPair, PromptRow, RejectedRow, Split } from '../../../contracts/records.js';
import { splitOf, type SplitShares } from '../../../text/split.js';
import { tokenKey } from './clean-text.js';
import { excerptOf } from '../sources/source-row.js';

export interface SeparatedPairs {
  pairs: Record<Split, PromptPair[]>;
  /** Prompts of training rows as they are, for the tokenizer and for pretraining. */
  prompts: PromptRow[];
  rejected: RejectedRow[];
}

/**
 * The pairs by split so that no text stands in two: whole rows go by their id, and what still equals a description or
 * target of a held-out split (whatever its case and punctuation) is taken out of the other one.
 *
 * Test goes before validation, validation before training. Held-out descriptions are unique; a pair is there once.
 */
export function separateSplits(
  pairs: Iterable<PromptPair>,
  rows: Iterable<PromptRow>,
  shares: SplitShares,
): SeparatedPairs {
  const bySplit: Record<Split, PromptPair[]> = { train: [], validation: [], test: [] };
  for (const pair of pairs) bySplit[splitOf(pair.rowId, shares)].push(pair);

  const rejected: RejectedRow[] = [];
  const heldOut = new Set<string>();
  const separated: Record<Split, PromptPair[]> = { train: [], validation: [], test: [] };
  for (const split of ['test', 'validation', 'train'] as const) {
    const own = new Set<string>();
    const texts = new Set<string>();
    for (const pair of bySplit[split]) {
      const x = tokenKey(pair.x);
      const y = tokenKey(pair.y);
      const identity = split === 'train' ? `${x}\n${y}` : x;
      const reason =
        heldOut.has(x) || heldOut.has(y)
          ? 'equals a text of a held-out split'
          : own.has(identity)
            ? 'repeats another pair of its split'
            : undefined;
      if (reason !== undefined) {
        rejected.push({ origin: pair.id, reason, excerpt: excerptOf(pair.x) });
        continue;
      }
      own.add(identity);
      texts.add(x).add(y);
      separated[split].push(pair);
    }
    if (split !== 'train') for (const text of texts) heldOut.add(text);
  }

  const prompts: PromptRow[] = [];
  for (const row of rows) {
    if (splitOf(row.id, shares) === 'train' && !heldOut.has(tokenKey(row.prompt))) {
      prompts.push(row);
    }
  }
  return { pairs: separated, prompts, rejected };
}
