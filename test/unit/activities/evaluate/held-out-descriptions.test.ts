import { describe, expect, it } from 'vitest';
import { chooseHeldOut } from '../../../../activities/evaluate/held-out-descriptions.js';
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
