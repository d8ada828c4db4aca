import type { PromptPair } from '../../contracts/records.js';
import type { LabelRewardsSettings } from '../../recipe/sections/training.js';
import { itemAt } from '../../text/item-at.js';
import { modifierSegments } from '../../text/modifiers.js';
import { keyOf, permutation, randomBits, uniform } from '../../text/random.js';
import { contentWords, normalisePrompt, stem, words } from '../../text/words.js';
import type { LabelKind, LabelSplit, LabelText } from './label-texts.js';

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
  const take = (kind: LabelKind) => {
    const order = permutation(pairs.length, seed, keyOf(split), keyOf(kind));
    return Array.from({ length: counts[kind] }, (_, index) => ({
      pair: itemAt(pairs, itemAt(order, index % order.length)),
      index,
      round: Math.floor(index / order.length),
    }));
  };
  const textOf = ({ rowId, x }: PromptPair, kind: LabelKind, y: string) => ({ rowId, kind, x, y });
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

/** Ways to spoil a target, one for each way a policy may cheat. */
export const corruptions = ['dropped', 'repeated', 'shuffled', 'cut', 'other', 'looped'] as const;
export type Corruption = (typeof corruptions)[number];

/** Used where a target has no modifier of its own. */
const STOCK_MODIFIER = 'highly detailed';

/**
 * The target of a pair made worse: content words dropped, a part repeated, words shuffled, cut short, another row's
 * target, or one modifier over and over. Never empty.
 *
 * A pure function of its arguments; `keys` key the random numbers.
 */
export function corruptTarget(
  pair: Pick<PromptPair, 'x' | 'y'>,
  how: Corruption,
  { otherTarget, keys }: { otherTarget: string; keys: number[] },
): string {
  const draw = (place: number, count: number) => Math.floor(uniform(...keys, place) * count);
  const tokens = pair.y.split(' ');
  switch (how) {
    case 'dropped': {
      const wanted = contentWords(pair.x);
      const dropCount = 1 + draw(1, Math.max(1, Math.ceil(wanted.length / 2)));
      const dropped = new Set(
        permutation(wanted.length, ...keys, 2)
          .slice(0, dropCount)
          .map((index) => itemAt(wanted, index)),
      );
      const kept = tokens.filter((token) => !words(token).some((word) => dropped.has(stem(word))));
      return normalisePrompt(kept.join(' ')) || STOCK_MODIFIER;
    }
    case 'repeated': {
      const parts = pair.y.split(',').map((part) => part.trim());
      const index = draw(1, parts.length);
      const copies = Array.from({ length: 1 + draw(2, 4) }, () => itemAt(parts, index));
      return parts.toSpliced(index, 0, ...copies).join(', ');
    }
    case 'shuffled':
      return normalisePrompt(
        permutation(tokens.length, ...keys, 1)
          .map((index) => itemAt(tokens, index))
          .join(' '),
      );
    case 'cut': {
      const length = Math.max(1, Math.floor(tokens.length * (0.2 + 0.5 * uniform(...keys, 1))));
      return tokens.slice(0, length).join(' ').replace(/,$/, '');
    }
    case 'other':
      return otherTarget;
    case 'looped': {
      const modifiers = modifierSegments(pair.y);
      const modifier = modifiers[draw(1, modifiers.length)] ?? STOCK_MODIFIER;
      return [pair.x, ...Array.from({ length: 3 + draw(2, 8) }, () => modifier)].join(', ');
    }
  }
}
