import { describe, expect, it } from 'vitest';
import { providersSchema } from '../../../../recipe/sections/providers.js';

const parse = (chat: object, scores: object = {}) =>
  providersSchema.safeParse({ chat, captions: {}, images: {}, scores });

describe('the providers of a recipe', () => {
  it('ask the simulator, of limits and of no budget, if nothing else is said', () => {
    expect(parse({}).data?.chat).toMatchObject({
      url: 'simulator',
      concurrency: 64,
      requestsPerMinute: 60_000,
      tokensPerMinute: null,
      answerAttempts: 2,
      price: { perCall: 0, perImage: 0, perMillionPromptTokens: 0, perMillionCompletionTokens: 0 },
      budget: { calls: null, cost: null },
    });
  });
  it('refuse a limit of cost where nothing costs anything', () => {
    const issues = parse({ budget: { cost: 5 } }).error?.issues;
    expect(issues).toMatchObject([
      {
        path: ['chat', 'budget', 'cost'],
        message: expect.stringContaining('needs a price') as string,
      },
    ]);
    expect(parse({ budget: { cost: 5 }, price: { perCall: 0.01 } }).success).toBe(true);
    expect(parse({ budget: { calls: 5 } }).success).toBe(true);
  });
  it('refuse a password in an address', () => {
    expect(parse({ url: 'https://me:secret@example.org' }).error?.issues).toMatchObject([
      { path: ['chat', 'url'], message: expect.stringContaining('without user') as string },
    ]);
  });
  it.each(['../infer', 'a/b', 'a b', ''])('refuse %j as the name of a scoring model', (name) => {
    expect(parse({}, { models: { pickscore: name } }).success).toBe(false);
  });
});
