import { describe, expect, it } from 'vitest';
import {
  clipText,
  visibleLength,
  withColours,
  withoutColours,
} from '../../../../cli/terminal/terminal.js';

describe('paint', () => {
  it('puts the codes of a style around a text, whatever standard output is', () => {
    expect(withColours('green', 'a')).toBe('\u001b[32ma\u001b[39m');
    expect(withColours('dim', 'a')).toBe('\u001b[2ma\u001b[22m');
  });

  it('returns the bare text when colours are off', () => {
    const paint = withoutColours;
    expect([paint('bold', 'a'), paint('red', 'b'), paint('dim', 'c')]).toEqual(['a', 'b', 'c']);
  });
});

describe('clipText', () => {
  const paint = withColours;

  it('keeps a text that fits, with its colours', () => {
    expect(clipText(paint('bold', 'four'), 4)).toBe(paint('bold', 'four'));
  });

  it('never returns more columns than asked for', () => {
    for (const width of [0, 1, 2, 5, 9]) {
      expect(visibleLength(clipText(paint('bold', 'a long text'), width))).toBeLessThanOrEqual(
        Math.max(1, width),
      );
    }
  });

  it('marks a cut text', () => {
    expect(clipText('abcdef', 4)).toBe('abc…');
  });

  it('cuts between letters as they are seen, by the columns they take', () => {
    expect(clipText('猫とソファ', 7)).toBe('猫とソ…');
    expect(clipText('猫とソファ', 6)).toBe('猫と…');
    expect(clipText('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5)).toBe('👨‍👩‍👧👨‍👩‍👧…');
  });
});
