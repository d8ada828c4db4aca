import { describe, expect, it } from 'vitest';
import { clipText, createPainter, visibleLength } from '../../../cli/terminal.js';

describe('createPainter', () => {
  it('returns the bare text when colours are off', () => {
    const paint = createPainter(false);
    expect([paint.bold('a'), paint.red('b'), paint.faint('c')]).toEqual(['a', 'b', 'c']);
  });
});

describe('clipText', () => {
  const paint = createPainter(true);

  it('keeps a text that fits, with its colours', () => {
    expect(clipText(paint.bold('four'), 4)).toBe(paint.bold('four'));
  });

  it('never returns more columns than asked for', () => {
    for (const width of [0, 1, 2, 5, 9]) {
      expect(visibleLength(clipText(paint.bold('a long text'), width))).toBeLessThanOrEqual(
        Math.max(1, width),
      );
    }
  });

  it('marks a cut text', () => {
    expect(clipText('abcdef', 4)).toBe('abc…');
  });
});
