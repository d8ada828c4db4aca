import { describe, expect, it } from 'vitest';
import {
  decodeTarget,
  encodePrompt,
  encodeTarget,
  pairRow,
} from '../../../../engine/prompts/template.js';
import { trainByteLevelBpe } from '../../../../engine/tokenizer/train-bpe.js';
import { bloomSpecialTokens } from '../../../../engine/tokenizer/tokenizer-json.js';
import { createTokenizer } from '../../../../engine/tokenizer/tokenizer.js';

const template = 'Input: {x}\nOutput:';
const tokenizer = createTokenizer(
  trainByteLevelBpe(['Input: a cat on a mat\nOutput: a cat on a mat, highly detailed'], {
    vocabularySize: 300,
    specialTokens: bloomSpecialTokens,
  }),
);

describe('the template', () => {
  it('gives training and generation the same tokens: prompt and target apart are the whole text', () => {
    const prompt = encodePrompt(tokenizer, { template, x: 'a cat' }, 100);
    const target = encodeTarget(tokenizer, 'a cat, detailed');
    expect(tokenizer.decode([...prompt, ...target])).toBe('Input: a cat\nOutput: a cat, detailed');
    expect([...prompt, ...target.slice(0, -1)]).toEqual(
      tokenizer.encode('Input: a cat\nOutput: a cat, detailed'),
    );
  });

  it('cuts a long description and never the template', () => {
    const ids = encodePrompt(tokenizer, { template, x: 'a cat on a mat '.repeat(1000) }, 40);
    expect(ids.length).toBeLessThanOrEqual(40);
    expect(tokenizer.decode(ids)).toMatch(/^Input: a cat on a mat .*\nOutput:$/);
  });

  it('keeps "Input:" and "{x}" of a user as text', () => {
    const ids = encodePrompt(tokenizer, { template, x: 'Input: {x} $& Output:' }, 100);
    expect(tokenizer.decode(ids)).toBe('Input: Input: {x} $& Output:\nOutput:');
  });

  it('says so when the template alone is too long', () => {
    expect(() => encodePrompt(tokenizer, { template, x: 'a' }, 2)).toThrow(
      /the template alone has \d+ tokens/,
    );
  });

  it('counts the target and its end in the loss, not the prompt', () => {
    expect(pairRow([5, 6], [7, 2], { maxTokens: 10, countPrompt: false })).toEqual({
      ids: [5, 6, 7, 2],
      counted: [0, 0, 1, 1],
    });
    expect(pairRow([5, 6], [7, 8, 2], { maxTokens: 4, countPrompt: true })).toEqual({
      ids: [5, 6, 7, 8],
      counted: [1, 1, 1, 1],
    });
  });

  it('ends a text at its end token and keeps every letter before it', () => {
    const ids = tokenizer.encode(' lens flares');
    expect(decodeTarget(tokenizer, [...ids, tokenizer.endId, 9, 9])).toEqual({
      text: 'lens flares',
      ended: true,
      tokenCount: ids.length + 1,
    });
    expect(decodeTarget(tokenizer, ids)).toEqual({
      text: 'lens flares',
      ended: false,
      tokenCount: ids.length,
    });
    expect(decodeTarget(tokenizer, [tokenizer.endId])).toEqual({
      text: '',
      ended: true,
      tokenCount: 1,
    });
  });
});
