import type { z } from 'zod';
import type { AnswerHeaders, Attempt } from './attempt.js';
import {
  describeFailure,
  type ProviderFailure,
  ProviderRefusedError,
  ProviderRowError,
  ProviderUnavailableError,
} from './errors.js';

/** An answer of a status that is a success. */
export interface Answered {
  kind: 'answered';
  bytes: Uint8Array;
  headers: AnswerHeaders;
}

/** What an attempt ended in: an answer, or an error that is final or worth another attempt. */
export type Outcome = Answered | { kind: 'retry' | 'final'; error: Error };

/** Characters of an answer that an error keeps. */
const KEPT_CHARACTERS = 2000;
/** Characters of it that a message repeats. */
const SHOWN_CHARACTERS = 200;

/**
 * The outcome of an attempt, by its status and by what an answer of 400 or 404 blames.
 *
 * Errors repeat the start of the answer, with the key taken out.
 */
export function judge(
  result: Attempt,
  { apiKey, ...failure }: ProviderFailure & { apiKey: string | undefined },
): Outcome {
  if (result.status === undefined) {
    const message = `${describeFailure(failure)}: ${result.fault}; check that the server runs and is not overloaded.`;
    return { kind: 'retry', error: new ProviderUnavailableError(message, failure) };
  }
  const { status, bytes, headers } = result;
  if (status >= 200 && status < 300) return { kind: 'answered', bytes, headers };
  const answer = excerptOf(bytes, apiKey);
  const seen = { ...failure, status, answer };
  const shown = answer.slice(0, SHOWN_CHARACTERS) || '(empty)';
  const message = `${describeFailure(failure)} answered ${status}: ${shown}`;
  const fault = findClientFault(failure, { status, answer });
  if (fault !== undefined) {
    return { kind: 'final', error: new ProviderRefusedError(`${message}; ${fault}.`, seen) };
  }
  switch (classifyStatus(status)) {
    case 'retry':
      return { kind: 'retry', error: new ProviderUnavailableError(message, seen) };
    case 'row':
      return { kind: 'final', error: new ProviderRowError(message, seen) };
    case 'refused': {
      const advice = 'check the address, the model name and the API key';
      return { kind: 'final', error: new ProviderRefusedError(`${message}; ${advice}.`, seen) };
    }
  }
}

/** What a failed attempt means: worth another one, final for this row, or final for every row. */
type FailureClass = 'retry' | 'row' | 'refused';

/**
 * The class of an HTTP status that is not a success.
 *
 * 408, 425, 429 and 5xx pass with time; 400, 413, 414 and 422 are about the row's content; the rest about the client.
 */
export function classifyStatus(status: number): FailureClass {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'retry';
  if (status === 400 || status === 413 || status === 414 || status === 422) return 'row';
  return 'refused';
}

/** The start of an answer as text, without the key. */
function excerptOf(bytes: Uint8Array, apiKey: string | undefined): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * KEPT_CHARACTERS));
  return (apiKey ? text.replaceAll(apiKey, '***') : text).slice(0, KEPT_CHARACTERS);
}

/** What a 400 or 404 may blame that all rows send alike. */
type ClientFault = 'model' | 'key';

/** The `code` or `type` of an error that means such a fault. */
const FAULT_CODES = new Map<unknown, ClientFault>([
  ['model_not_found', 'model'], // OpenAI
  ['model_not_available', 'model'],
  ['invalid_model', 'model'], // Mistral
  ['invalid_api_key', 'key'], // OpenAI
  ['no_db_connection', 'key'], // LiteLLM without a database knows one key and looks there for any other
]);

/** What proxies put before the message of the server behind them. */
const BEFORE = String.raw`^(?:[\w/.]+: |\w+Exception - |\{'error': '|error code: \d{3} - ){0,4}`;
const NAME = String.raw`[\x60'"]?(?<name>[^\s\x60'"]+)[\x60'"]?`;
const { raw } = String;

/** How messages that mean such a fault begin; further on a message may repeat the row's text. The first that fits counts. */
const FAULT_MESSAGES = (
  [
    // OpenAI, vLLM, Ollama and MLServer
    [
      'model',
      raw`(?:(?:the|that) )?(?:requested )?model ${NAME} (?:does not exist|(?:is )?not found)`,
    ],
    ['model', raw`request for unknown model: ${NAME}`], // Triton
    ['model', raw`invalid model name passed in(?: model=(?<name>[^\s'"]+?)(?=\.?(?:[\s'"]|$)))?`], // LiteLLM
    ['model', raw`invalid model: ${NAME}`], // Mistral
    ['model', raw`${NAME} is not a valid model id`], // OpenRouter
    ['model', raw`invalid model id$`], // OpenAI
    ['key', raw`(?:incorrect|invalid) api key\b`], // OpenAI and xAI
    ['key', raw`api key not valid\b`], // Google
  ] as const
).map(([fault, saying]) => ({ fault, pattern: new RegExp(BEFORE + saying, 'iu') }));

/** What to mend where a 400 or 404 blames the model's name or the key; undefined otherwise. */
function findClientFault(
  { provider }: Pick<ProviderFailure, 'provider'>,
  { status, answer }: { status: number; answer: string },
): string | undefined {
  if (status !== 400 && status !== 404) return undefined;
  const found = readFault(answer);
  if (found === undefined) return undefined;
  const said = FAULT_MESSAGES.find(({ pattern }) => pattern.test(found.message));
  const blamed = [said?.fault, ...found.codes.map((code) => FAULT_CODES.get(code))];
  if (blamed.includes('model')) {
    const name = said?.pattern.exec(found.message)?.groups?.['name'];
    const field = `providers.${provider}.${provider === 'scores' ? 'models' : 'model'}`;
    return `the server has ${name === undefined ? 'no such model' : `no model \`${name}\``}: change ${field} of the recipe`;
  }
  return blamed.includes('key') ? 'the server does not know the API key: check it' : undefined;
}

/** Message and codes of an error: under `error` or at the top, the message a text or once more in an `error`. */
function readFault(answer: string): { message: string; codes: string[] } | undefined {
  const parsed = parse(answer);
  const body = objectOf(Array.isArray(parsed) ? parsed[0] : parsed);
  if (body === undefined) return undefined;
  const fault = objectOf(body['error']) ?? body;
  const said = fault['message'] ?? fault['error'] ?? fault['detail'];
  const message = objectOf(said)?.['error'] ?? said;
  const codes = [fault['code'], fault['type']].filter((code) => typeof code === 'string');
  return { message: typeof message === 'string' ? message.trim() : '', codes };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}

/** How an answer is read. */
export interface Reading<Answer> {
  answer: z.ZodType<Answer>;
  /**
   * Makes of an answer what `answer` checks, where it is not plain JSON.
   *
   * @throws Error with what is wrong.
   */
  decode?: (bytes: Uint8Array, headers: AnswerHeaders) => unknown;
}

/**
 * The checked answer.
 *
 * @throws ProviderRowError with the start of what came if it is not what was expected.
 */
export function parseAnswer<Answer>(
  { answer: schema, decode = decodeJson }: Reading<Answer>,
  { bytes, headers }: Answered,
  { apiKey, ...failure }: ProviderFailure & { apiKey: string | undefined },
): Answer {
  const refuse = (what: string): ProviderRowError =>
    new ProviderRowError(`${describeFailure(failure)} answered ${what}.`, {
      ...failure,
      answer: excerptOf(bytes, apiKey),
    });
  let value: unknown;
  try {
    value = decode(bytes, headers);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'something unreadable');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue && issue.path.length > 0 ? issue.path.join('.') : 'the whole answer';
  throw refuse(`JSON of another shape at ${place}: ${issue?.message ?? 'unknown'}`);
}

/**
 * The JSON of an answer.
 *
 * @throws Error if it is none.
 */
function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The engine's own message repeats parts of the text.
    throw new Error(`something that is not JSON (${bytes.length} bytes)`);
  }
}
