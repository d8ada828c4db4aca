import type { z } from 'zod';
import type { AnswerHeaders } from './attempt.js';
import { describeFailure, ProviderRowError, type ProviderFailure } from './errors.js';
import { excerptOf, type Answered } from './outcome.js';

/** How an answer is read. */
export interface Reading<Answer> {
  answer: z.ZodType<Answer>;
  /** Makes of an answer what `answer` checks, where it is not plain JSON. @throws Error with what is wrong. */
  decode?: (bytes: Uint8Array, headers: AnswerHeaders) => unknown;
}

/** The checked answer. @throws ProviderRowError, with the start of what came, if it is not what was expected. */
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

/** The JSON of an answer. @throws Error if it is none. */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The engine's own message repeats parts of the text.
    throw new Error(`something that is not JSON (${bytes.length} bytes)`);
  }
}
