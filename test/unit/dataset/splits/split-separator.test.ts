import { describe, expect, it } from 'vitest';
import { tokenKey } from '../../../../dataset/filter/clean-text.js';
import { createSplitSeparator } from '../../../../dataset/splits/split-separator.js';
import { splits, type PromptPair, type Split } from '../../../../contracts/records.js';
import { uniform } from '../../../../text/random.js';
import { splitOf } from '../../../../text/split.js';

const shares = { validationShare: 0.2, testShare: 0.2 };

function separate(pairs: PromptPair[], nearDuplicate: number | null = null) {
  const separator = createSplitSeparator(shares, { nearDuplicate });
  for (const pair of pairs) separator.note(pair);
  const kept: Record<Split, PromptPair[]> = { train: [], validation: [], test: [] };
  const reasons: string[] = [];
  for (const pair of pairs) {
    const reason = separator.judge(pair);
    if (reason === undefined) kept[splitOf(pair.rowId, shares)].push(pair);
    else reasons.push(reason);
  }
  const prompts = pairs
    .filter(({ rowId, y }) => separator.isTrainPrompt({ id: rowId, prompt: y }))
    .map(({ y }) => y);
  return { kept, reasons, prompts };
}

const pairOf = (i: number, x: string, y: string): PromptPair => ({
  id: `r${i}-summary`,
  rowId: `r${i}`,
  route: 'summary',
  x,
  y,
});

/** Pairs over so few texts that many stand in several splits, in different spellings. */
const leakyPairs = Array.from({ length: 1000 }, (_, i) => {
  const text = (place: number) => `text ${Math.floor(uniform(i, place) * 2000)}`;
  const x = uniform(i, 3) < 0.5 ? text(1) : text(1).toUpperCase();
  return pairOf(i, x, uniform(i, 4) < 0.1 ? text(1) : text(2));
});

/** The rules once more, over all pairs at once: the oracle. */
function oracle(pairs: PromptPair[]): PromptPair[] {
  const kept: PromptPair[] = [];
  const heldOut = new Set<string>();
  for (const split of ['test', 'validation', 'train'] as const) {
    const seen = new Set<string>();
    const texts: string[] = [];
    for (const pair of pairs.filter(({ rowId }) => splitOf(rowId, shares) === split)) {
      const [x, y] = [tokenKey(pair.x), tokenKey(pair.y)];
      const identity = split === 'train' ? `${x}\n${y}` : x;
      if (heldOut.has(x) || heldOut.has(y) || seen.has(identity)) continue;
      seen.add(identity);
      texts.push(x, y);
      kept.push(pair);
    }
    for (const text of texts) heldOut.add(text);
  }
  return kept;
}

describe('createSplitSeparator', () => {
  it('leaves no text, and no row, in two splits, and takes out no more than it must', () => {
    const { kept, reasons, prompts } = separate(leakyPairs);
    const textsOf = (pairs: PromptPair[]) =>
      new Set(pairs.flatMap((pair) => [tokenKey(pair.x), tokenKey(pair.y)]));
    const [train, validation, test] = splits.map((split) => textsOf(kept[split]));
    const promptTexts = new Set(prompts.map(tokenKey));
    for (const [one, other] of [
      [train!, validation!],
      [train!, test!],
      [validation!, test!],
      [promptTexts, validation!],
      [promptTexts, test!],
    ] as const) {
      expect([...one].filter((text) => other.has(text))).toEqual([]);
      expect(one.size).toBeGreaterThan(50);
    }
    const all = splits.flatMap((split) => kept[split]);
    expect(new Set(all)).toEqual(new Set(oracle(leakyPairs)));
    expect(reasons.length).toBe(leakyPairs.length - all.length);
    expect(reasons.length).toBeGreaterThan(20);
  });

  it('keeps held-out descriptions unique and training pairs distinct', () => {
    const pairs = Array.from({ length: 100 }, (_, i) => {
      const split = splitOf(`r${i}`, shares);
      return pairOf(i, `the same ${split}`, `target ${i} of ${split}`);
    });
    const { kept, reasons } = separate([...pairs, ...pairs]);
    expect([kept.test.length, kept.validation.length]).toEqual([1, 1]);
    expect(kept.train).toEqual(pairs.filter(({ rowId }) => splitOf(rowId, shares) === 'train'));
    expect(new Set(reasons)).toEqual(new Set(['repeats another pair of its split']));
  });

  it('takes out what nearly equals a held-out text, where the recipe has a threshold for it', () => {
    const long = 'a knight on a white horse in the rain at night, oil painting, dark, moody';
    const rows = Array.from({ length: 60 }, (_, i) => i);
    const of = (split: Split) => rows.filter((i) => splitOf(`r${i}`, shares) === split);
    const pairs = [
      pairOf(of('train')[0]!, 'a knight', `${long}, 8k`),
      pairOf(of('validation')[0]!, 'a horse', `${long}, sharp`),
      pairOf(of('test')[0]!, 'a rider', long),
      pairOf(of('train')[1]!, 'a cat', 'a cat, 8k'),
    ];
    expect(separate(pairs).reasons).toEqual([]);
    const { reasons, kept, prompts } = separate(pairs, 0.7);
    expect(reasons).toEqual(Array(2).fill('nearly equals a text of a held-out split'));
    expect(kept).toEqual({ train: [pairs[3]], validation: [], test: [pairs[2]] });
    expect(prompts).toEqual(['a cat, 8k']);
  });

  it('refuses a second pass over more pairs than the first', () => {
    const separator = createSplitSeparator(
      { validationShare: 0, testShare: 0.99 },
      { nearDuplicate: null },
    );
    separator.note(pairOf(1, 'a', 'b'));
    separator.judge(pairOf(1, 'a', 'b'));
    expect(() => separator.judge(pairOf(2, 'c', 'd'))).toThrow('than were noted');
    expect(() => separator.note(pairOf(3, 'e', 'f'))).toThrow('noted after');
  });
});
