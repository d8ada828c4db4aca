import type { Allowance, PaidProvider, Spending } from '../../contracts/spending.js';
import { digestOf } from '../../storage/digest.js';
import type { AnswerLog } from './answer-log.js';

/** What this piece of work may spend is spent; what it has is kept. */
export class AllowanceSpentError extends Error {
  override readonly name = 'AllowanceSpentError';
  readonly provider: PaidProvider;
  constructor(provider: PaidProvider) {
    super(`The allowance for provider ${provider} is used up.`);
    this.provider = provider;
  }
}

/** A call that costs money. */
export interface PaidCall<Value> {
  provider: PaidProvider;
  /** Which server and model: the same question to another one is another call. */
  endpoint: { url: string; model: string };
  /** All that the answer depends on, as JSON. */
  request: unknown;
  /** Of the row it is for: see `bucketOf`. */
  bucket: string;
  /** Sends it. `value` is JSON; `cost` is in the unit of the recipe's prices. */
  send: () => Promise<{ value: Value; cost: number }>;
}

export interface Payer {
  /**
   * The answer to a call: the recorded one, or a new one, which is recorded before it is returned.
   *
   * @throws AllowanceSpentError before anything is sent; what `send` throws, which pays for nothing.
   */
  pay<Value>(call: PaidCall<Value>): Promise<Value>;
  /** Calls that were sent and are not recorded yet. */
  readonly inFlight: number;
}

/**
 * Asks for nothing twice and for no more than is allowed.
 *
 * @param prior what the collection had paid for this shard when the allowance was given.
 */
export function createPayer(log: AnswerLog, allowance: Allowance, prior: Spending): Payer {
  const sent: Partial<Record<PaidProvider, number>> = {};
  let inFlight = 0;
  const assertAllowed = (provider: PaidProvider): void => {
    const limit = allowance[provider];
    if (!limit) return;
    const before = prior[provider] ?? { calls: 0, cost: 0 };
    const now = log.spent[provider] ?? { calls: 0, cost: 0 };
    const calls = now.calls - before.calls + (sent[provider] ?? 0);
    const isSpent =
      (limit.calls !== null && calls >= limit.calls) ||
      (limit.cost !== null && now.cost - before.cost >= limit.cost);
    if (isSpent) throw new AllowanceSpentError(provider);
  };
  return {
    get inFlight() {
      return inFlight;
    },
    async pay({ provider, endpoint, request, bucket, send }) {
      const key = digestOf({ provider, endpoint, request });
      const known = log.find(key);
      if (known !== undefined) return known as Awaited<ReturnType<typeof send>>['value'];
      assertAllowed(provider);
      sent[provider] = (sent[provider] ?? 0) + 1;
      inFlight += 1;
      try {
        const { value, cost } = await send();
        await log.record({ key, bucket, provider, cost, value });
        return value;
      } finally {
        inFlight -= 1;
        sent[provider] -= 1;
      }
    },
  };
}
