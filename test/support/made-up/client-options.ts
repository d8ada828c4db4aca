import type { ClientOptions } from '../../../providers/request.js';

/** How to reach a server of a test: no limits of rate, a breaker that does not open by itself. */
export function clientOptions(url: string): ClientOptions {
  return {
    provider: 'chat',
    url,
    model: 'tiny',
    timeoutMs: 2000,
    concurrency: 64,
    requestsPerMinute: Infinity,
    tokensPerMinute: null,
    share: 1,
    maxAttempts: 4,
    breaker: { failures: 1000, openMs: 50, giveUpMs: 10_000 },
  };
}
