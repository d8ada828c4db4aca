import type { Allowance, Spending } from '../../contracts/shards.js';
import { digestOf } from '../../files/digest.js';
import { ProviderRowError } from '../../providers/errors.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import type { AnswerLog } from './answer-log.js';

/** The allowance of a shard is spent; the answers it paid for are kept. */
export class AllowanceSpentError extends Error {
  override readonly name = 'AllowanceSpentError';
  constructor(provider: ProviderName) {
    super(`The allowance for provider ${provider} is used up.`);
  }
}

/** What a provider is asked; its digest names the answer. */
export interface Question {
  provider: ProviderName;
  /** Server and model: the same question to another one is another call. */
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
  /** Part of the log of the row it is for: see `logPartOf`. */
  logPart: string;
  /** Sends it. `value` is JSON; `cost` is in the unit of the recipe's prices. */
  send: () => Promise<{ value: Value; cost: number }>;
}

/** Questions that one send answers together. */
export interface PaidBatch<Value> {
  provider: ProviderName;
  /** At least one; see `answerKey`. */
  items: { key: string; logPart: string }[];
  /** Requests it takes. */
  calls: number;
  /** Sends them. A value an item. */
  send: () => Promise<{ values: Value[]; cost: number }>;
}

/** Pays for calls: for no answer twice, and for no more than is allowed. */
export class Budget {
  readonly #log: AnswerLog;
  readonly #allowance: Allowance;
  readonly #prior: Spending;
  /** Calls under way, by provider. */
  readonly #sent: Partial<Record<ProviderName, number>> = {};

  /** @param prior what the stage had paid for this shard when the allowance was given. */
  constructor(log: AnswerLog, allowance: Allowance, prior: Spending) {
    this.#log = log;
    this.#allowance = allowance;
    this.#prior = prior;
  }

  /** Calls that were sent and are not recorded yet. */
  get inFlight(): number {
    return Object.values(this.#sent).reduce((sum, calls) => sum + calls, 0);
  }

  /** The recorded answer, if there is one; see `answerKey`. */
  find(key: string): unknown {
    return this.#log.find(key);
  }

  /**
   * The answer to a call: the recorded one, or a new one, which is recorded before it is returned.
   *
   * @throws AllowanceSpentError before anything is sent.
   * @throws what `send` throws, which pays for nothing.
   */
  async pay<Value>({ logPart, send, ...question }: PaidCall<Value>): Promise<Value> {
    const key = answerKey(question);
    const known = this.#log.find(key);
    if (known !== undefined) return known as Value;
    const [value] = await this.payTogether({
      provider: question.provider,
      items: [{ key, logPart }],
      calls: 1,
      send: async () => {
        const { value: own, cost } = await send();
        return { values: [own], cost };
      },
    });
    return value as Value;
  }

  /** New answers to questions of which none is recorded, all recorded before they are returned. @throws as `pay`. */
  async payTogether<Value>({ provider, items, calls, send }: PaidBatch<Value>): Promise<Value[]> {
    this.#assertAllowed(provider);
    this.#count(provider, calls);
    try {
      const { values, cost } = await send();
      const recorded = items.map(({ key, logPart }, index) => {
        const counted = index === 0 ? { calls, cost } : { calls: 0, cost: 0 };
        return this.#log.record({ key, logPart, provider, ...counted, value: values[index] });
      });
      await Promise.all(recorded);
      return values;
    } finally {
      this.#count(provider, -calls);
    }
  }

  #count(provider: ProviderName, calls: number): void {
    this.#sent[provider] = (this.#sent[provider] ?? 0) + calls;
  }

  #assertAllowed(provider: ProviderName): void {
    const limit = this.#allowance[provider];
    if (!limit) return;
    const before = this.#prior[provider] ?? { calls: 0, cost: 0 };
    const now = this.#log.spent[provider] ?? { calls: 0, cost: 0 };
    const calls = now.calls - before.calls + (this.#sent[provider] ?? 0);
    const isSpent =
      (limit.calls !== null && calls >= limit.calls) ||
      (limit.cost !== null && now.cost - before.cost >= limit.cost);
    if (isSpent) throw new AllowanceSpentError(provider);
  }
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
