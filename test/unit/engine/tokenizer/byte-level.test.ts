import { describe, expect, it } from 'vitest';
import {
  listAlphabet,
  splitWords,
  toByteCharacters,
} from '../../../../engine/tokenizer/byte-level.js';

describe('splitWords', () => {
  it.each([
    ['a cat', ['a', ' cat']],
    ['a  b', ['a', ' ', ' b']],
    ['a \n', ['a', ' \n']],
    ["it's they'll", ['it', "'s", ' they', "'ll"]],
    ['8k, 4d', ['8', 'k', ',', ' 4', 'd']],
    ['été 日本', ['été', ' 日本']],
    ['', []],
  ])('cuts %j into a word with its space, numbers, signs and spaces', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });
});

describe('toByteCharacters', () => {
  it('writes printable bytes as themselves and the others from U+0100 on, in their order', () => {
    expect(toByteCharacters('a b')).toEqual(['a', 'Ġ', 'b']);
    expect(toByteCharacters('\0\n')).toEqual(['Ā', 'Ċ']);
    expect(toByteCharacters('é')).toEqual(['Ã', '©']);
  });

  it('has a character of its own for each of the 256 bytes', () => {
    expect(new Set(listAlphabet()).size).toBe(256);
    expect(listAlphabet().join('')).not.toMatch(/\s/);
  });
});
