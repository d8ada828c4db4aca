import { describe, expect, it } from 'vitest';
import { createRouteChooser, isRich } from '../../../../dataset/pairs/choose-route.js';
import { pairRoutes, type PairRoute } from '../../../../recipe/stage.js';

const rich = (index: number) => ({
  id: `r${index}`,
  prompt: `a cat ${index}, oil painting, highly detailed, artstation`,
});
const plain = (index: number) => ({ id: `p${index}`, prompt: `a cat ${index}` });
const rows = [
  ...Array.from({ length: 3000 }, (_, index) => rich(index)),
  ...Array.from({ length: 1000 }, (_, index) => plain(index)),
];
const counts = { rich: 3000, plain: 1000 };
type Shares = Record<PairRoute, number>;

function chosen(shares: Shares | null, routes: readonly PairRoute[] = pairRoutes) {
  const choose = createRouteChooser({ routes: [...routes], shares }, counts, 7);
  const found = { caption: 0, summary: 0, improved: 0, none: 0 };
  for (const row of rows) {
    const choice = choose(row);
    found['route' in choice ? choice.route : 'none'] += 1;
  }
  return found;
}

describe('createRouteChooser', () => {
  it('tells good prompts from plain ones by their modifiers', () => {
    expect(isRich(rich(1))).toBe(true);
    expect(isRich(plain(1))).toBe(false);
  });

  it('uses every row without shares: good ones by halves, plain ones improved', () => {
    const { caption, summary, improved, none } = chosen(null);
    expect([improved, none, caption + summary]).toEqual([1000, 0, 3000]);
    expect(Math.abs(caption - 1500)).toBeLessThan(120);
  });

  it('mixes the routes in the proportion of the shares and uses as many rows as it can', () => {
    const { caption, summary, improved } = chosen({ caption: 0.5, summary: 0.25, improved: 0.25 });
    const total = caption + summary + improved;
    expect(total).toBeGreaterThan(3800);
    expect(Math.abs(caption / total - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(improved / total - 0.25)).toBeLessThan(0.03);
    const scarce = chosen({ caption: 0.2, summary: 0.2, improved: 0.6 });
    expect(scarce.improved).toBe(1000);
    expect(Math.abs(scarce.caption + scarce.summary - 667)).toBeLessThan(80);
  });

  it('puts aside what the recipe has no route for', () => {
    expect(chosen(null, ['summary'])).toEqual({
      caption: 0,
      summary: 3000,
      improved: 0,
      none: 1000,
    });
    expect(chosen({ caption: 0, summary: 0, improved: 1 }).improved).toBe(1000);
  });

  it('chooses by the id alone, so that a kept row keeps its route', () => {
    const choose = createRouteChooser({ routes: [...pairRoutes], shares: null }, counts, 7);
    expect(rows.slice(0, 50).map(choose)).toEqual(rows.slice(0, 50).map(choose));
  });
});
