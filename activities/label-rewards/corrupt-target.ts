import type { PromptPair } from '../../contracts/records.js';
import { modifierSegments } from '../../text/modifiers.js';
import { permutation, uniform } from '../../text/random.js';
import { contentWords, normalisePrompt, stem, words } from '../../text/words.js';
import { itemAt } from '../../text/item-at.js';

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
