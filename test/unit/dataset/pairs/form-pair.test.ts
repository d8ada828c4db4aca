import { describe, expect, it } from 'vitest';
import { cutAtComma, formPair } from '../../../../dataset/pairs/form-pair.js';

import { collectSchema } from '../../../../recipe/sections/collect.js';

const settings = {
  ...collectSchema.parse({}),
  lowerCase: true,
  maxDescriptionWords: 8,
  maxTargetWords: 12,
  minContentKept: 0.9,
};
const rich = { id: 'r', prompt: 'a cat on a red sofa, oil painting, 8k, soft light, sharp focus' };
const summary = (text: string) => formPair(rich, { route: 'summary', text }, settings);

describe('formPair', () => {
  it('takes a summary as the description of the prompt', () => {
    expect(summary('"A cat on a\n red sofa."')).toEqual({
      id: 'r-summary',
      rowId: 'r',
      route: 'summary',
      x: 'a cat on a red sofa.',
      y: 'a cat on a red sofa, oil painting, 8k, soft light',
    });
  });

  it('takes an improved prompt as the target of the plain one', () => {
    const row = { id: 'p', prompt: 'a cat' };
    const pair = formPair(row, { route: 'improved', text: 'A cat, 8 k, concept art' }, settings);
    expect(pair).toMatchObject({ x: 'a cat', y: 'a cat, 8k, concept art', id: 'p-improved' });
  });

  it.each([
    ['a dog on a sofa', 'content lost: 0.50 kept, at least 0.9'],
    ['a photo of the', 'description says nothing'],
    ['a cat on a red sofa with a very long tail', 'description too long: 11 words, at most 8'],
    ['see https://example.org/cat', 'answer unusable: link or file name'],
    ['猫 on a red sofa', 'answer unusable: other script'],
    ['a cat on a sofa --ar 3:2', 'answer unusable: left-over option'],
    ['a nude cat on a sofa', 'answer unusable: unsafe word'],
    ['un chat sur une table avec les chiens', 'answer unusable: other language'],
    ['a cat | nude on a sofa', 'answer unusable: unsafe word'],
    ['cat '.repeat(3000), 'answer unusable: longer than 4000 characters'],
  ])('gives the reason for refusing %j', (text, reason) => {
    expect(summary(text)).toBe(reason);
  });

  it('refuses a target that looks like an option once it is cut', () => {
    const row = {
      id: 'p',
      prompt: 'a cat on a sofa n - 9, oil painting by a painter of the old school',
    };
    expect(formPair(row, { route: 'summary', text: 'a cat on a sofa' }, settings)).toBe(
      'target unusable: left-over option',
    );
  });

  it('counts the tokens of targets where the recipe limits them', () => {
    const limited = (limits: object, countTokens?: (text: string) => number) =>
      formPair(
        rich,
        { route: 'summary', text: 'a cat on a sofa' },
        {
          ...settings,
          filters: { ...settings.filters, ...limits },
          ...(countTokens ? { countTokens } : {}),
        },
      );
    const byLetters = (text: string) => text.length;
    expect(limited({ minTargetTokens: 60 }, byLetters)).toBe(
      'target has too few tokens: 49, at least 60',
    );
    expect(limited({ maxTargetTokens: 40 }, byLetters)).toBe(
      'target has too many tokens: 49, at most 40',
    );
    expect(limited({ minTargetTokens: 49, maxTargetTokens: 49 }, byLetters)).toMatchObject({
      x: 'a cat on a sofa',
    });
    expect(() => limited({ minTargetTokens: 1 })).toThrow('no tokenizer was given');
  });

  it('refuses a target that adds nothing', () => {
    const row = { id: 'p', prompt: 'a cat on a sofa' };
    expect(formPair(row, { route: 'improved', text: 'A cat, on a sofa' }, settings)).toBe(
      'target repeats the description',
    );
  });
});

describe('cutAtComma', () => {
  it('keeps whole segments within the limit, and nothing when the first is too long', () => {
    expect(cutAtComma('a b c, d e, f', 5)).toBe('a b c, d e');
    expect(cutAtComma('a b c, d e, f', 6)).toBe('a b c, d e, f');
    expect(cutAtComma('a b c, d', 2)).toBeUndefined();
  });
});
