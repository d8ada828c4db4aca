/** What every failure of a provider says: which one, where, and what came back. Never a key. */
export interface ProviderFailure {
  /** `chat`, `captions`, `images` or `scores`. */
  provider: string;
  /** Origin and path of the request. */
  url: string;
  /** HTTP status, absent if there was no answer or its status was a success. */
  status?: number;
  /** Start of what came back, absent if nothing did. */
  answer?: string;
}

/** No good answer after every attempt: timeouts, lost connections, 429 or 5xx. Waiting can help. */
export class ProviderUnavailableError extends Error {
  override readonly name = 'ProviderUnavailableError';
  readonly failure: ProviderFailure;
  constructor(message: string, failure: ProviderFailure, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** The server refuses this client (a wrong key, address or model name): every row would fail alike. */
export class ProviderRefusedError extends Error {
  override readonly name = 'ProviderRefusedError';
  readonly failure: ProviderFailure;
  constructor(message: string, failure: ProviderFailure) {
    super(message);
    this.failure = failure;
  }
}

/** This row's request got a refusal of its content or an answer that makes no sense: put the row aside. */
export class ProviderRowError extends Error {
  override readonly name = 'ProviderRowError';
  readonly failure: ProviderFailure;
  constructor(message: string, failure: ProviderFailure, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** `provider chat at https://example.org/v1/chat/completions`. */
export function describeFailure(failure: ProviderFailure): string {
  return `provider ${failure.provider} at ${failure.url}`;
}
