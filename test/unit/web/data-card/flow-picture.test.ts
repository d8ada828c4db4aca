import { describe, expect, it } from 'vitest';
import { flowPicture, type FlowBranch } from '../../../../web/data-card/flow-picture.js';

const branch = (name: string, count: number): FlowBranch => ({
  name,
  value: `-${count}`,
  count,
  kind: 'dropped',
});
const draw = (branches: FlowBranch[], total: number): string =>
  flowPicture(branches, { total, label: 'rows', ends: { top: 'in', bottom: 'out' } }).text;

/** The x of the stream's right edge after every branch. */
const edges = (svg: string): number[] =>
  [.../class="kept" d="([^"]*)"/.exec(svg)![1]!.matchAll(/H([\d.]+)/g)].map(([, x]) => Number(x));
const labelHeights = (svg: string): number[] =>
  [...svg.matchAll(/<text x="\d+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
const heightOf = (svg: string): number => Number(/viewBox="0 0 1000 ([\d.]+)"/.exec(svg)![1]);

describe('the picture of the filters', () => {
  it('narrows the stream by the share that each filter took out', () => {
    const svg = draw([branch('duplicate', 500), branch('emoji', 100), branch('blank', 300)], 1000);
    // All, what is left after each, and back to the left edge.
    expect(edges(svg)).toEqual([400, 200, 160, 40, 0]);
  });

  it('keeps labels a line apart, however many and small the branches are', () => {
    const counts = Array.from({ length: 40 }, (_, i) => (i === 20 ? 900 : i % 3));
    const heights = labelHeights(
      draw(
        counts.map((count, i) => branch(`filter ${i}`, count)),
        1000,
      ),
    );
    expect(heights).toHaveLength(40);
    for (const [i, height] of heights.slice(1).entries()) {
      expect(height - heights[i]!).toBeGreaterThanOrEqual(20);
    }
  });

  it('is no higher than its lines and the stream together', () => {
    const svg = draw([branch('duplicate', 999), branch('blank', 1)], 1000);
    expect(heightOf(svg)).toBeLessThan(2 * 30 + 400 + 110);
  });

  it('of no rows, or none put aside, has no value that is not a number', () => {
    for (const svg of [draw([], 0), draw([branch('blank', 0)], 0), draw([], 5)]) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).toContain('class="kept"');
    }
  });

  it('escapes names', () => {
    expect(draw([branch('<b>"&', 1)], 2)).toContain('&lt;b&gt;&quot;&amp;');
  });
});
