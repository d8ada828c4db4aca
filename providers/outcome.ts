import type { AnswerHeaders, Attempt } from './attempt.js';
import { findClientFault } from './client-fault.js';
import {
  describeFailure,
  ProviderRefusedError,
  ProviderRowError,
  ProviderUnavailableError,
  type ProviderFailure,
} from './errors.js';
import { classifyStatus } from './retry.js';

/** An answer of a status that is a success. */
export interface Answered {
  kind: 'answered';
  bytes: Uint8Array;
  headers: AnswerHeaders;
}

/** What an attempt came to: an answer, or the error it ends in unless it is worth another one. */
export type Outcome = Answered | { kind: 'retry' | 'final'; error: Error };

/** Characters of an answer that an error keeps. */
const KEPT_CHARACTERS = 2000;
/** Characters of it that a message repeats. */
const SHOWN_CHARACTERS = 200;

/**
 * Judges an attempt by its class of status, or by what it says of the model and the key; the key is taken out of whatever an
 * error repeats.
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

/** The start of an answer as text, without the key. */
export function excerptOf(bytes: Uint8Array, apiKey: string | undefined): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * KEPT_CHARACTERS));
  return (apiKey ? text.replaceAll(apiKey, '***') : text).slice(0, KEPT_CHARACTERS);
}
