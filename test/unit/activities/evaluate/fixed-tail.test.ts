import { describe, expect, it } from 'vitest';
import { popularTail, withTail } from '../../../../activities/evaluate/fixed-tail.js';
import type { PromptPair } from '../../../../contracts/records.js';

function pair(rowId: string, y: string, route: PromptPair['route'] = 'caption'): PromptPair {
  return { id: `${rowId}-${route}`, rowId, route, x: 'a cat', y };
}

describe('fixed tail', () => {
  it('holds the modifiers most rows have, most popular first', () => {
    const pairs = [
      pair('1', 'a cat, 4k, detailed'),
      pair('2', 'a dog, detailed'),
      pair('3', 'a fox, detailed, 4k, oil painting'),
    ];
    expect(popularTail(pairs, 2)).toBe('detailed, 4k');
  });

  it('counts a row once, however many pairs it has', () => {
    const pairs = [
      pair('1', 'a cat, blurry', 'caption'),
      pair('1', 'a cat, blurry', 'summary'),
      pair('1', 'a cat, blurry', 'improved'),
      pair('2', 'a dog, sharp'),
      pair('3', 'a fox, sharp'),
    ];
    expect(popularTail(pairs, 1)).toBe('sharp');
  });

  it('breaks ties by the alphabet and reads upper case as lower', () => {
    expect(popularTail([pair('1', 'a cat, Zeta, Alpha')], 2)).toBe('alpha, zeta');
  });

  it('changes nothing where there are no modifiers', () => {
    expect(withTail('a cat', popularTail([pair('1', 'a cat')], 5))).toBe('a cat');
    expect(withTail('a cat', '4k, detailed')).toBe('a cat, 4k, detailed');
  });
});
