import { describe, expect, it } from 'vitest';
import {
  chooseHeldOut,
  popularTail,
  withTail,
} from '../../../../activities/evaluate/held-out-texts.js';
import type { PromptPair } from '../../../../contracts/records.js';

const pairs: PromptPair[] = Array.from({ length: 30 }, (_, row) =>
  (['caption', 'summary', 'improved'] as const).map((route) => ({
    id: `row${row}-${route}`,
    rowId: `row${row}`,
    route,
    x: `${route} of ${row}`,
    y: `${route} of ${row}, detailed`,
  })),
).flat();

describe('held-out descriptions', () => {
  it('hold one description a row', () => {
    const chosen = chooseHeldOut(pairs, { count: 100, seed: 1 });
    expect(chosen).toHaveLength(30);
    expect(new Set(chosen.map((pair) => pair.rowId)).size).toBe(30);
  });

  it('come from every route', () => {
    const routes = new Set(chooseHeldOut(pairs, { count: 30, seed: 1 }).map((pair) => pair.route));
    expect(routes.size).toBe(3);
  });

  it('do not depend on the order of the file', () => {
    const options = { count: 12, seed: 5 };
    expect(chooseHeldOut([...pairs].reverse(), options)).toEqual(chooseHeldOut(pairs, options));
  });

  it('grow by adding: fewer are the first of more', () => {
    const more = chooseHeldOut(pairs, { count: 20, seed: 5 });
    expect(chooseHeldOut(pairs, { count: 8, seed: 5 })).toEqual(more.slice(0, 8));
  });

  it('change with the seed', () => {
    expect(chooseHeldOut(pairs, { count: 8, seed: 5 })).not.toEqual(
      chooseHeldOut(pairs, { count: 8, seed: 6 }),
    );
  });
});

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
