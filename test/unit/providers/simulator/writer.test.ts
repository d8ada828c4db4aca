import { describe, expect, it } from 'vitest';
import {
  isRich,
  loadKnowledge,
  readBundledPrompts,
} from '../../../../providers/simulator/knowledge.js';
import { findNearest } from '../../../../providers/simulator/subjects.js';
import { caption, improve, summarise } from '../../../../providers/simulator/writer.js';
import { modifierSegments } from '../../../../text/modifiers.js';
import { contentKept, words } from '../../../../text/words.js';

const knowledge = loadKnowledge();
const { tables } = knowledge;
const heldOut = readBundledPrompts('held-out').map((row) => row.prompt);
const rich = heldOut.filter((prompt) => isRich(prompt, tables));
const plain = heldOut.filter((prompt) => !isRich(prompt, tables));

function shareOf<Item>(items: Item[], holds: (item: Item) => boolean): number {
  return items.filter(holds).length / items.length;
}

describe('summarise', () => {
  it('is short, not empty, and keeps to the words of the prompt', () => {
    for (const prompt of rich) {
      const summary = summarise(prompt, tables.index, 1);
      expect(summary).not.toBe('');
      expect(summary.split(' ').length).toBeLessThanOrEqual(12);
      expect(contentKept(summary, prompt)).toBe(1);
    }
  });
  it('leaves out an inner word in about a quarter of the prompts', () => {
    const long = rich.filter((prompt) => words(caption(prompt, tables.index, 1)).length >= 8);
    const shorter = shareOf(long, (prompt) => {
      const lengths = [1, 2, 3, 4, 5, 6].map(
        (seed) => summarise(prompt, tables.index, seed).split(' ').length,
      );
      return lengths[0]! === Math.max(...lengths) - 1;
    });
    expect(shorter).toBeGreaterThan(0.15);
    expect(shorter).toBeLessThan(0.35);
  });
});

describe('caption', () => {
  it('begins with "a photo of" most of the time', () => {
    const share = shareOf(rich, (prompt) =>
      caption(prompt, tables.index, 1).startsWith('a photo of '),
    );
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.75);
  });
  it('adds no content', () => {
    for (const prompt of rich) {
      expect(contentKept(caption(prompt, tables.index, 1), prompt)).toBe(1);
    }
  });
});

describe('improve', () => {
  it('keeps the description and adds 4 to 9 modifiers', () => {
    for (const prompt of plain) {
      const better = improve(prompt, knowledge, 1);
      expect(contentKept(prompt, better)).toBe(1);
      const added = modifierSegments(better).length - modifierSegments(prompt).length;
      expect(added).toBeLessThanOrEqual(9);
      expect(added).toBeGreaterThanOrEqual(4);
    }
  });
  it('takes them from the eight nearest rich prompts', () => {
    for (const prompt of plain.slice(0, 50)) {
      const pool = new Set(findNearest(knowledge.nearest, prompt, 8).flatMap(modifierSegments));
      // The description's last full stop goes.
      const own = new Set(modifierSegments(prompt.replace(/[.\s]+$/, '')));
      for (const modifier of modifierSegments(improve(prompt, knowledge, 1))) {
        expect(pool.has(modifier) || own.has(modifier)).toBe(true);
      }
    }
  });
  it('knows no held-out prompt', () => {
    const known = new Set(knowledge.nearest.prompts);
    expect(rich.filter((prompt) => known.has(prompt))).toEqual([]);
  });
  it('answers a description it shares no word with', () => {
    expect(improve('zzyzx', knowledge, 1)).toMatch(/^zzyzx, .+, .+/);
  });
});

describe('every text', () => {
  it('depends on the seed and the prompt alone', () => {
    const prompt = rich[0]!;
    expect(summarise(prompt, tables.index, 5)).toBe(summarise(prompt, tables.index, 5));
    const texts = rich
      .slice(0, 40)
      .map((text) => [1, 2].map((seed) => caption(text, tables.index, seed)));
    expect(texts.some(([one, other]) => one !== other)).toBe(true);
  });
});
