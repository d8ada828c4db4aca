import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../providers/attempt.js';
import { classifyStatus, judge } from '../../../providers/outcome.js';

const failure = { provider: 'chat', url: 'http://127.0.0.1/v1/chat/completions' };

function errorFor(status: number, body: unknown, provider = 'chat', apiKey?: string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text);
  const result = { status, bytes, headers: {} } as unknown as Attempt;
  const outcome = judge(result, { ...failure, provider, apiKey });
  if (outcome.kind === 'answered') throw new Error('judged to be an answer');
  return { kind: outcome.kind, name: outcome.error.name, message: outcome.error.message };
}

/** Bodies as these servers send them. */
const unknownModel: [string, number, unknown, string][] = [
  [
    'OpenAI',
    404,
    {
      error: {
        message: 'The model `gpt-9` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    },
    'gpt-9',
  ],
  [
    'OpenAI, of another endpoint',
    400,
    {
      error: {
        message: "The requested model 'gpt-9' does not exist.",
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    },
    'gpt-9',
  ],
  [
    'vLLM',
    404,
    {
      object: 'error',
      message: 'The model `org/gpt-9.1` does not exist.',
      type: 'NotFoundError',
      param: null,
      code: 404,
    },
    'org/gpt-9.1',
  ],
  [
    'a newer vLLM',
    404,
    {
      error: {
        message: 'The model `gpt-9` does not exist.',
        type: 'NotFoundError',
        param: 'model',
        code: 404,
      },
    },
    'gpt-9',
  ],
  [
    'Ollama',
    404,
    {
      error: {
        message: 'model "gpt-9:7b" not found, try pulling it first',
        type: 'api_error',
        param: null,
        code: null,
      },
    },
    'gpt-9:7b',
  ],
  ["Ollama's own protocol", 404, { error: "model 'gpt-9' not found" }, 'gpt-9'],
  [
    'LiteLLM',
    400,
    {
      error: {
        message:
          '/chat/completions: Invalid model name passed in model=gpt-9.1. Call `/v1/models` to view available models for your key.',
        type: 'None',
        param: 'None',
        code: '400',
      },
    },
    'gpt-9.1',
  ],
  [
    'LiteLLM, asked for pictures',
    400,
    {
      error: {
        message:
          "400: {'error': '/image/generations: Invalid model name passed in model=gpt-9. Call `/v1/models` to view available models for your key.'}",
        type: 'None',
        param: 'None',
        code: '400',
      },
    },
    'gpt-9',
  ],
  [
    'an older LiteLLM',
    400,
    {
      error: {
        message: {
          error:
            '/chat/completions: Invalid model name passed in model=gpt-9. Call `/v1/models` to view available models for your key.',
        },
        type: 'None',
        param: 'None',
        code: '400',
      },
    },
    'gpt-9',
  ],
  [
    'the first LiteLLM that repeated it',
    400,
    {
      error: {
        message: "400: {'error': 'Invalid model name passed in model=Lite-GPT-12'}",
        type: 'None',
        param: 'None',
        code: 400,
      },
    },
    'Lite-GPT-12',
  ],
  [
    'LiteLLM before an OpenAI',
    404,
    {
      error: {
        message:
          'litellm.NotFoundError: OpenAIException - The model `gpt-9` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: '404',
      },
    },
    'gpt-9',
  ],
  [
    'OpenRouter',
    400,
    { error: { message: 'org/gpt-9:free is not a valid model ID', code: 400 }, user_id: 'user_2v' },
    'org/gpt-9:free',
  ],
  [
    'Mistral',
    400,
    {
      object: 'error',
      message: 'Invalid model: gpt-9',
      type: 'invalid_model',
      param: null,
      code: '1500',
    },
    'gpt-9',
  ],
];

describe('a server that does not have the model', () => {
  it.each(unknownModel)(
    '%s: refuses this client, once for all rows',
    (_who, status, body, name) => {
      const found = errorFor(status, body);
      expect(found).toMatchObject({ kind: 'final', name: 'ProviderRefusedError' });
      expect(found.message).toContain(
        `the server has no model \`${name}\`: change providers.chat.model of the recipe.`,
      );
    },
  );

  it('is told apart when it names the fault and not the model', () => {
    const coded = { error: { message: 'No.', type: 'x', code: 'model_not_found' } };
    const bare = { error: { message: 'invalid model ID', type: 'invalid_request_error' } };
    for (const body of [coded, bare]) {
      const { name, message } = errorFor(400, body, 'images');
      expect(name).toBe('ProviderRefusedError');
      expect(message).toContain('no such model: change providers.images.model of the recipe.');
    }
  });

  it('is a score server, whose models have a field of their own', () => {
    for (const error of [
      'Model beauty not found',
      "Request for unknown model: 'beauty' is not found",
    ]) {
      const { message } = errorFor(404, { error }, 'scores');
      expect(message).toContain('no model `beauty`: change providers.scores.models of the recipe.');
    }
  });

  it('has its key taken out of the name, too', () => {
    const body = { error: { message: 'The model `sk-secret` does not exist.' } };
    const { message } = errorFor(404, body, 'chat', 'sk-secret');
    expect(message).toContain('no model `***`');
    expect(message).not.toContain('sk-secret');
  });
});

describe('a server that does not know the key and answers 400', () => {
  it.each([
    [
      'LiteLLM without a database',
      {
        error: {
          message: 'No connected db.',
          type: 'no_db_connection',
          param: null,
          code: '400',
        },
      },
    ],
    [
      'Google',
      [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    ],
    [
      'xAI',
      {
        code: 'Client specified an invalid argument',
        error: 'Incorrect API key provided: na***ys. You can obtain an API key from the console.',
      },
    ],
  ])('%s: refuses this client', (_who, body) => {
    const found = errorFor(400, body);
    expect(found).toMatchObject({ kind: 'final', name: 'ProviderRefusedError' });
    expect(found.message).toContain('the server does not know the API key: check it.');
  });
});

describe('a refusal of one row', () => {
  it.each([
    {
      error: {
        message: "This model's maximum context length is 2048 tokens.",
        code: 'context_length_exceeded',
      },
    },
    { error: { message: 'Your prompt "the model x does not exist" was filtered.' } },
    { error: { message: 'a cat, model not found, 8k: rejected by the content filter' } },
    { detail: [{ loc: ['body', 'seed'], msg: 'value is not a valid integer' }] },
    {
      error: { message: 'a poster that says "invalid api key": rejected', code: 'content_filter' },
    },
    {
      code: 'Client specified an invalid argument',
      error: 'The model expects a single `text` element per message.',
    },
    { error: null },
    [],
    'the model `x` does not exist',
    'null',
    '',
  ])('stays one: %j', (body) => {
    expect(errorFor(400, body)).toMatchObject({ kind: 'final', name: 'ProviderRowError' });
  });

  it('is no matter of the model while the server is busy', () => {
    const body = { error: { message: 'The model `x` does not exist.', code: 'model_not_found' } };
    expect(errorFor(503, body)).toMatchObject({ kind: 'retry', name: 'ProviderUnavailableError' });
  });
});

describe('classifyStatus', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('tries %i again', (status) => {
    expect(classifyStatus(status)).toBe('retry');
  });
  it.each([400, 413, 414, 422])('blames the row for %i', (status) => {
    expect(classifyStatus(status)).toBe('row');
  });
  it.each([401, 403, 404, 405, 301])('blames the client for %i', (status) => {
    expect(classifyStatus(status)).toBe('refused');
  });
});
