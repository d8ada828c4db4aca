import type { Allowance, Spending } from '../../contracts/shards.js';
import { digestOf } from '../../files/digest.js';
import { ProviderRowError } from '../../providers/errors.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import type { AnswerLog } from './answer-log.js';

/** What this piece of work may spend is spent; what it has is kept. */
export class AllowanceSpentError extends Error {
  override readonly name = 'AllowanceSpentError';
  readonly provider: ProviderName;
  constructor(provider: ProviderName) {
    super(`The allowance for provider ${provider} is used up.`);
    this.provider = provider;
  }
}

/** What is asked of whom; its digest names the answer. */
export interface Question {
  provider: ProviderName;
  /** Which server and model: the same question to another one is another call. */
  endpoint: { url: string; model: string };
  /** All that the answer depends on, as JSON. */
  request: unknown;
}

/** The name of a question's answer. */
export function answerKey({ provider, endpoint, request }: Question): string {
  return digestOf({ provider, endpoint, request });
}

/** A call that costs money. */
export interface PaidCall<Value> extends Question {
  /** Of the row it is for: see `bucketOf`. */
  bucket: string;
  /** Sends it. `value` is JSON; `cost` is in the unit of the recipe's prices. */
  send: () => Promise<{ value: Value; cost: number }>;
}

/** Questions that one send answers together. */
export interface PaidBatch<Value> {
  provider: ProviderName;
  /** At least one; see `answerKey`. */
  items: { key: string; bucket: string }[];
  /** Requests it takes. */
  calls: number;
  /** Sends them. A value an item. */
  send: () => Promise<{ values: Value[]; cost: number }>;
}

export interface Payer {
  /** The recorded answer, if there is one; see `answerKey`. */
  find(key: string): unknown;
  /**
   * The answer to a call: the recorded one, or a new one, which is recorded before it is returned.
   *
   * @throws AllowanceSpentError before anything is sent; what `send` throws, which pays for nothing.
   */
  pay<Value>(call: PaidCall<Value>): Promise<Value>;
  /** New answers to questions of which none is recorded, all recorded before they are returned; throws as `pay`. */
  payTogether<Value>(batch: PaidBatch<Value>): Promise<Value[]>;
  /** Calls that were sent and are not recorded yet. */
  readonly inFlight: number;
}

/**
 * Asks for nothing twice and for no more than is allowed.
 *
 * @param prior what the collection had paid for this shard when the allowance was given.
 */
export function createPayer(log: AnswerLog, allowance: Allowance, prior: Spending): Payer {
  const sent: Partial<Record<ProviderName, number>> = {};
  let inFlight = 0;
  const assertAllowed = (provider: ProviderName): void => {
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
  const payTogether: Payer['payTogether'] = async ({ provider, items, calls, send }) => {
    assertAllowed(provider);
    sent[provider] = (sent[provider] ?? 0) + calls;
    inFlight += calls;
    try {
      const { values, cost } = await send();
      const recorded = items.map(({ key, bucket }, index) => {
        const counted = index === 0 ? { calls, cost } : { calls: 0, cost: 0 };
        const answer = { key, bucket, provider, ...counted, value: values[index] };
        return log.record(answer);
      });
      await Promise.all(recorded);
      return values;
    } finally {
      inFlight -= calls;
      sent[provider] -= calls;
    }
  };
  return {
    get inFlight() {
      return inFlight;
    },
    find: (key) => log.find(key),
    payTogether,
    async pay({ bucket, send, ...question }) {
      const key = answerKey(question);
      const known = log.find(key);
      if (known !== undefined) return known as Awaited<ReturnType<typeof send>>['value'];
      const [value] = await payTogether({
        provider: question.provider,
        items: [{ key, bucket }],
        calls: 1,
        send: async () => {
          const { value: own, cost } = await send();
          return { values: [own], cost };
        },
      });
      return value as Awaited<ReturnType<typeof send>>['value'];
    },
  };
}

/**
 * What `ask` gives; a body that breaks off or is no JSON is a fault of the wire, so the same question is asked again, so
 * many times at most.
 *
 * @throws what `ask` throws.
 */
export async function whileMalformed<Value>(
  times: number,
  ask: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isMalformed = error instanceof ProviderRowError && error.failure.status === undefined;
      if (!isMalformed || attempt >= times) throw error;
    }
  }
}
