import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  COMMON_WORDS,
  FOREIGN_WORDS,
  OWN_UNSAFE_WORDS,
  readWordList,
} from '../../../../dataset/filter/word-lists.js';
import { makeFiles } from '../../../support/folders.js';

describe('the word lists', () => {
  it('hold the words that data/words/README.md counts', async () => {
    const counts = [COMMON_WORDS.size, FOREIGN_WORDS.size, OWN_UNSAFE_WORDS.length];
    expect(counts).toEqual([2361, 89, 436]);
    const page = await readFile(
      new URL('../../../../data/words/README.md', import.meta.url),
      'utf8',
    );
    for (const count of counts) expect(page).toContain(`| ${count.toLocaleString('en')} `);
  });

  it('hold one lower-case word a line', () => {
    for (const word of [...COMMON_WORDS, ...FOREIGN_WORDS, ...OWN_UNSAFE_WORDS]) {
      expect(word).toMatch(/^\S+$/u);
      expect(word).toBe(word.toLowerCase());
    }
  });

  it('say what is missing and how to get it back', async () => {
    const folder = await makeFiles({ 'empty.txt': '\n' });
    expect(() => readWordList('common', folder)).toThrow(
      `The word list ${folder}/common.txt is missing or cannot be read, and the filters need it. Restore data/words of the checkout.`,
    );
    expect(() => readWordList('empty', folder)).toThrow('holds no word');
  });
});
