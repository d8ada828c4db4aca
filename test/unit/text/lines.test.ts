import { describe, expect, it } from 'vitest';
import { firstLine, oneLine } from '../../../text/lines.js';

describe('lines of a text', () => {
  it('are cut after the first', () => {
    expect(['one\ntwo\nthree', 'one', '\ntwo', ''].map(firstLine)).toEqual(['one', 'one', '', '']);
  });

  it('are joined by single blanks', () => {
    expect(oneLine(' one \n\n  two\nthree ')).toBe('one two three');
    expect(oneLine()).toBe('');
  });
});
