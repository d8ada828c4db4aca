import { expect, it } from 'vitest';
import { tokenKey } from '../../../../../activities/collect/filter/clean-text.js';
import { separateSplits } from '../../../../../activities/collect/filter/separate-splits.js';
import type { PromptPair } from '../../../../../contracts/records.js';
import { uniform } from '../../../../../text/random.js';
import { splitOf } from '../../../../../text/split.js';

const shares = { validationShare: 0.2, testShare: 0.2 };

/** Pairs over so few texts that many stand in several splits, in different spellings. */
function leakyPairs(count: number): PromptPair[] {
  return Array.from({ length: count }, (_, i) => {
    const text = (place: number) => `text ${Math.floor(uniform(i, place) * count * 2)}`;
    const x = uniform(i, 3) < 0.5 ? text(1) : text(1).toUpperCase();
    const y = uniform(i, 4) < 0.1 ? text(1) : `${text(2)}, more`.replace(', more', '');
    return { id: `r${i}-summary`, rowId: `r${i}`, route: 'summary', x, y };
  });
}

it('leaves no text, and no row, in two splits', () => {
  const pairs = leakyPairs(1000);
  const rows = pairs.map((pair) => ({ id: pair.rowId, prompt: pair.y, source: 's' }));
  const { pairs: separated, prompts, rejected } = separateSplits(pairs, rows, shares);

  const texts = Object.fromEntries(
    Object.entries(separated).map(([split, own]) => [
      split,
      new Set(own.flatMap((pair) => [tokenKey(pair.x), tokenKey(pair.y)])),
    ]),
  );
  const promptTexts = new Set(prompts.map((row) => tokenKey(row.prompt)));
  for (const [one, other] of [
    [texts['train']!, texts['validation']!],
    [texts['train']!, texts['test']!],
    [texts['validation']!, texts['test']!],
    [promptTexts, texts['validation']!],
    [promptTexts, texts['test']!],
  ] as const) {
    expect([...one].filter((text) => other.has(text))).toEqual([]);
  }
  for (const [split, own] of Object.entries(separated)) {
    expect(own.length).toBeGreaterThan(50);
    for (const pair of own) expect(splitOf(pair.rowId, shares)).toBe(split);
  }
  // Something leaked before, and nothing is lost without a reason.
  expect(rejected.length).toBeGreaterThan(20);
  const kept = Object.values(separated).reduce((sum, own) => sum + own.length, 0);
  expect(kept + rejected.length).toBe(pairs.length);
});

it('keeps held-out descriptions unique and training pairs distinct', () => {
  const same = (i: number): PromptPair => ({
    id: `r${i}-summary`,
    rowId: `r${i}`,
    route: 'summary',
    x: `the same ${splitOf(`r${i}`, shares)}`,
    y: `target ${i} of ${splitOf(`r${i}`, shares)}`,
  });
  const { pairs } = separateSplits(
    Array.from({ length: 100 }, (_, i) => same(i)),
    [],
    shares,
  );
  expect(pairs.test).toHaveLength(1);
  expect(pairs.validation).toHaveLength(1);
  expect(pairs.train.length).toBeGreaterThan(30);
});
