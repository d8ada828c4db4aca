import { describe, expect, it } from 'vitest';
import {
  chooseTexts,
  corruptions,
  corruptTarget,
} from '../../../../activities/label/choose-texts.js';
import type { PromptPair } from '../../../../contracts/records.js';
import { contentKept, words } from '../../../../text/words.js';

const pairs = Array.from({ length: 300 }, (_, i): PromptPair => ({
  id: `r${i}-summary`,
  rowId: `r${i}`,
  route: 'summary',
  x: `a cat${i} on a sofa${i}`,
  y: `a cat${i} on a sofa${i}, oil painting, soft light, tail${i}`,
}));
const settings = {
  shares: { target: 0.4, plain: 0.1, sample: 0.3, corrupted: 0.2 },
  greedyShare: 0.2,
};
const choose = (count: number, seed = 1) =>
  chooseTexts(pairs, count, { split: 'train', seed, settings });

describe('chooseTexts', () => {
  it('gives each kind its share, and greedy samples theirs', () => {
    const { ready, toSample } = choose(200);
    const countOf = (kind: string) => ready.filter((text) => text.kind === kind).length;
    expect([countOf('target'), countOf('plain'), countOf('corrupted')]).toEqual([80, 20, 40]);
    expect(toSample).toHaveLength(60);
    expect(toSample.filter((text) => text.greedy)).toHaveLength(12);
  });

  it('depends on the seed alone, and differs between seeds', () => {
    expect(choose(200)).toEqual(choose(200));
    expect(choose(200, 2)).not.toEqual(choose(200));
  });

  it('takes a target once and samples what a small split cannot give', () => {
    const { ready, toSample } = choose(1000);
    const targets = ready.filter((text) => text.kind === 'target');
    expect(targets).toHaveLength(300);
    expect(new Set(targets.map((text) => text.rowId)).size).toBe(300);
    expect(ready.length + toSample.length).toBe(1000);
  });

  it('never draws the same text twice for one description', () => {
    const { toSample } = choose(3000);
    const keys = toSample.map((text) => text.rowKey);
    const drawn = keys.filter((_, index) => !toSample[index]!.greedy);
    expect(new Set(drawn).size).toBe(drawn.length);
    const greedy = toSample.filter((text) => text.greedy).map((text) => text.pair.id);
    expect(new Set(greedy).size).toBe(greedy.length);
  });
});

describe('corruptTarget', () => {
  const spoil = (how: (typeof corruptions)[number], index: number) =>
    corruptTarget(pairs[index]!, how, {
      otherTarget: pairs[(index + 1) % 300]!.y,
      keys: [1, index],
    });
  const all = (how: (typeof corruptions)[number]) =>
    pairs.map((pair, index) => ({ pair, y: spoil(how, index) }));

  it('is never empty and never the target itself', () => {
    for (const how of corruptions) {
      for (const { pair, y } of all(how)) {
        expect(y).not.toBe('');
        // A shuffle of a few words may give them back in order.
        if (how !== 'shuffled') expect(y).not.toBe(pair.y);
      }
    }
  });

  it('drops content of the description', () => {
    for (const { pair, y } of all('dropped')) expect(contentKept(pair.x, y)).toBeLessThan(1);
  });

  it('repeats a part without losing content', () => {
    for (const { pair, y } of all('repeated')) {
      expect(contentKept(pair.x, y)).toBe(1);
      expect(new Set(y.split(', ')).size).toBeLessThan(y.split(', ').length);
    }
  });

  it('shuffles the same words', () => {
    const { pair, y } = all('shuffled')[0]!;
    expect(words(y).toSorted()).toEqual(words(pair.y).toSorted());
    expect(all('shuffled').filter((row) => row.y !== row.pair.y).length).toBeGreaterThan(290);
  });

  it('cuts the end off', () => {
    for (const { pair, y } of all('cut')) expect(pair.y.startsWith(y)).toBe(true);
  });

  it('loops one modifier after the description', () => {
    for (const { pair, y } of all('looped')) {
      const [x, ...rest] = y.split(', ');
      expect(x).toBe(pair.x);
      expect(new Set(rest).size).toBe(1);
      expect(rest.length).toBeGreaterThanOrEqual(3);
    }
  });
});
