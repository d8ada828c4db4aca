import { describe, expect, it } from 'vitest';
import { shareOfRepeats, wordRuns } from '../../../text/repetition.js';

describe('wordRuns', () => {
  it('holds every run of neighbouring words, in order', () => {
    expect(wordRuns('A red, red fox', 2)).toEqual(['a red', 'red red', 'red fox']);
    expect(wordRuns('A red, red fox', 3)).toEqual(['a red red', 'red red fox']);
  });

  it('is empty for a text of fewer words', () => {
    expect(wordRuns('fox', 2)).toEqual([]);
    expect(wordRuns('', 3)).toEqual([]);
  });
});

describe('shareOfRepeats', () => {
  it('counts what is equal to an item before it', () => {
    // Two of four.
    expect(shareOfRepeats(['a', 'b', 'a', 'a'])).toBe(0.5);
    expect(shareOfRepeats([])).toBe(0);
  });
});
