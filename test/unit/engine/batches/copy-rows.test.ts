import { describe, expect, it } from 'vitest';
import {
  copiedTokensRow,
  copiedWordsRow,
  copySource,
} from '../../../../engine/batches/copy-rows.js';
import { countedTokens } from '../../../../engine/batches/pack-rows.js';
import type { TokenRow } from '../../../../engine/prompts/template.js';
import { loadTokenizer } from '../../../../engine/tokenizer/tokenizer.js';

const tokenizer = loadTokenizer('models/base');
const source = copySource([
  'castle dragon waterfall, highly detailed',
  'photogrammetry chiaroscuro spaceship, oil painting',
]);
const options = (index: number, maxTokens: number) => ({
  tokenizer,
  template: 'Input: {x}\nOutput:',
  maxTokens,
  keys: [7, index],
});
const rowsOf = (make: (index: number) => TokenRow): TokenRow[] =>
  Array.from({ length: 200 }, (_, index) => make(index));
const counted = ({ ids, counted: counts }: TokenRow): string =>
  tokenizer.decode(ids.filter((_, index) => counts[index] === 1));

describe('a row of copied words', () => {
  it('has the words twice and a tail, and counts the copy alone', () => {
    for (const row of rowsOf((index) => copiedWordsRow(source, options(index, 400)))) {
      const [, words, copy] = /^Input: (.+)\nOutput: (.+?),/.exec(tokenizer.decode(row.ids))!;
      expect(copy).toBe(words);
      expect(counted(row)).toBe(` ${words!}`);
    }
  });

  it('counts a part of the copy at least, however few tokens a row may have', () => {
    for (const row of rowsOf((index) => copiedWordsRow(source, options(index, 16)))) {
      expect(row.ids.length).toBeLessThanOrEqual(16);
      expect(countedTokens([row])).toBeGreaterThan(0);
    }
  });
});

describe('a row of copied tokens', () => {
  it('counts a part of the copy at least, however few tokens a row may have', () => {
    for (const row of rowsOf((index) => copiedTokensRow({ ...options(index, 16), firstId: 260 }))) {
      expect(row.ids.length).toBeLessThanOrEqual(16);
      expect(countedTokens([row])).toBeGreaterThan(0);
    }
  });
});
