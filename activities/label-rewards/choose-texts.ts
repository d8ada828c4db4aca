import type { LabelRewardsSettings } from '../../recipe/sections/training.js';
import type { PromptPair } from '../../contracts/records.js';
import { keyOf, permutation, randomBits } from '../../text/random.js';
import { corruptions, corruptTarget } from './corrupt-target.js';
import type { LabelKind, LabelSplit, LabelText } from './label-text.js';
import { itemAt } from '../../text/item-at.js';

const KINDS = ['target', 'plain', 'sample', 'corrupted'] as const satisfies LabelKind[];

/** A text the fine-tuned model has yet to write. */
export interface TextToSample {
  pair: PromptPair;
  greedy: boolean;
  /** Keys the model's random numbers; differs between draws for one description. */
  rowKey: number;
}

export interface ChosenTexts {
  /** Ready texts: targets, plain descriptions and corrupted targets. */
  ready: LabelText[];
  toSample: TextToSample[];
}

/**
 * Which texts of a split's pairs are scored: `count` in all, by the recipe's shares.
 *
 * A target or description is taken once; what a small split cannot give is drawn from the model instead.
 * A pure function of its arguments: every choice is keyed by (seed, split, kind).
 */
export function chooseTexts(
  pairs: PromptPair[],
  count: number,
  options: {
    split: LabelSplit;
    seed: number;
    settings: Pick<LabelRewardsSettings, 'shares' | 'greedyShare'>;
  },
): ChosenTexts {
  const { split, seed, settings } = options;
  const counts = allocate(count, settings.shares, pairs.length);
  const orderOf = (kind: LabelKind) => permutation(pairs.length, seed, keyOf(split), keyOf(kind));
  const take = (kind: LabelKind) => {
    const order = orderOf(kind);
    return Array.from({ length: counts[kind] }, (_, index) => ({
      pair: itemAt(pairs, itemAt(order, index % order.length)),
      index,
      round: Math.floor(index / order.length),
    }));
  };
  const textOf = (pair: PromptPair, kind: LabelKind, y: string): LabelText => ({
    rowId: pair.rowId,
    kind,
    x: pair.x,
    y,
  });
  const greedyCount = Math.min(pairs.length, Math.round(counts.sample * settings.greedyShare));
  return {
    ready: [
      ...take('target').map(({ pair }) => textOf(pair, 'target', pair.y)),
      ...take('plain').map(({ pair }) => textOf(pair, 'plain', pair.x)),
      ...take('corrupted').map(({ pair, index, round }) => {
        const keys = [seed, keyOf('corrupt'), keyOf(pair.id), round];
        const other = itemAt(pairs, randomBits(...keys) % pairs.length);
        const how = itemAt(corruptions, index % corruptions.length);
        return textOf(pair, 'corrupted', corruptTarget(pair, how, { otherTarget: other.y, keys }));
      }),
    ],
    toSample: take('sample').map(({ pair, index, round }) => ({
      pair,
      greedy: index < greedyCount,
      rowKey: randomBits(keyOf(pair.id), round),
    })),
  };
}

/** Whole numbers that sum to `count`, in proportion to the shares, targets and descriptions at most `pairCount` each. */
function allocate(
  count: number,
  shares: LabelRewardsSettings['shares'],
  pairCount: number,
): Record<LabelKind, number> {
  const total = KINDS.reduce((sum, kind) => sum + shares[kind], 0);
  let shareSoFar = 0;
  let given = 0;
  const counts = { target: 0, plain: 0, sample: 0, corrupted: 0 };
  for (const kind of KINDS) {
    shareSoFar += shares[kind];
    counts[kind] = Math.round((count * shareSoFar) / total) - given;
    given += counts[kind];
  }
  for (const kind of ['target', 'plain'] as const) {
    const surplus = Math.max(0, counts[kind] - pairCount);
    counts[kind] -= surplus;
    counts[shares.sample > 0 ? 'sample' : 'corrupted'] += surplus;
  }
  return counts;
}
