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

abstract class ProviderError extends Error {
  readonly failure: ProviderFailure;
  constructor(message: string, failure: ProviderFailure) {
    super(message);
    this.failure = failure;
  }
}

/** No good answer after every attempt: timeouts, lost connections, 429 or 5xx. Waiting can help. */
export class ProviderUnavailableError extends ProviderError {
  override readonly name = 'ProviderUnavailableError';
}

/** The server refuses this client (a wrong key, address or model name): every row would fail alike. */
export class ProviderRefusedError extends ProviderError {
  override readonly name = 'ProviderRefusedError';
}

/** The server refuses the content of this row's request, or its answer makes no sense: the row is put aside. */
export class ProviderRowError extends ProviderError {
  override readonly name = 'ProviderRowError';
}

/** `provider chat at https://example.org/v1/chat/completions`. */
export function describeFailure(failure: ProviderFailure): string {
  return `provider ${failure.provider} at ${failure.url}`;
}
