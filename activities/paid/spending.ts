/** What stages have paid, as the log of answers tells it: the sums by the names of its objects, the tokens by their content. */
import { z } from 'zod';
import type { ProviderCost } from '../../contracts/data-card.js';
import { addSpending, type ShardPlan, type Spending, type Spent } from '../../contracts/shards.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { readSegment } from './answer-log.js';
import { parseSegmentKey, shardBits, shardPrefix, shortStageKey } from './shard-layout.js';

/** What answers of one provider took. */
export type AnswerUse = Pick<ProviderCost, 'promptTokens' | 'completionTokens' | 'images'>;

const tokens = z.number().nonnegative().default(0);
/** Pictures have no tokens. */
const useSchema = z.looseObject({ promptTokens: tokens, completionTokens: tokens });

/** The segments that a stage has paid for, whatever its shards were. */
async function* segmentsOf(
  store: ObjectStore,
  { kind, stageKey }: { kind: string; stageKey: string },
): AsyncGenerator<{ key: string; spending: Spending }> {
  const stage = shortStageKey(stageKey);
  for await (const { key } of store.list(shardPrefix(kind, ''))) {
    const name = parseSegmentKey(key);
    if (name?.stage === stage) yield { key, spending: name.spending };
  }
}

/** What a stage has paid so far, in all and for each shard, by the names of the objects alone. */
export async function findSpending(
  store: ObjectStore,
  { kind, stageKey, shardCount }: { kind: string; stageKey: string; shardCount: number },
): Promise<Pick<ShardPlan, 'spent' | 'spentByShard'>> {
  const spent: Spending = {};
  const spentByShard: Record<number, Spending> = {};
  const prefixes = Array.from({ length: shardCount }, (_, index) =>
    shardPrefix(kind, shardBits(index, shardCount)),
  );
  for await (const { key, spending } of segmentsOf(store, { kind, stageKey })) {
    addSpending(spent, spending);
    const index = prefixes.findIndex((prefix) => key.startsWith(prefix));
    if (index >= 0) addSpending((spentByShard[index] ??= {}), spending);
  }
  return { spent, spentByShard };
}

/** What was spent from one moment to a later one. */
export function spendingSince(before: Spending, now: Spending): Spending {
  const since: Spending = {};
  for (const [provider, own] of Object.entries(now) as [ProviderName, Spent][]) {
    const { calls, cost } = before[provider] ?? { calls: 0, cost: 0 };
    if (own.calls > calls || own.cost > cost) {
      since[provider] = { calls: own.calls - calls, cost: own.cost - cost };
    }
  }
  return since;
}

/**
 * Tokens and pictures of the answers that a stage paid for, by provider, as they were recorded.
 *
 * The answers of one shard are in memory at a time.
 * @throws what the store throws.
 */
export async function countAnswers(
  store: ObjectStore,
  of: { kind: string; stageKey: string },
): Promise<Record<string, AnswerUse>> {
  const byShard = new Map<string, string[]>();
  for await (const { key } of segmentsOf(store, of)) {
    const shard = key.slice(0, key.lastIndexOf('/'));
    byShard.set(shard, [...(byShard.get(shard) ?? []), key]);
  }
  const sum: Record<string, AnswerUse> = {};
  for (const names of byShard.values()) {
    // A kill while segments were joined leaves answers twice.
    const counted = new Set<string>();
    for (const name of names) {
      for (const { key, provider, value } of await readSegment(store, name)) {
        if (counted.has(key)) continue;
        counted.add(key);
        const { promptTokens, completionTokens } = useSchema.parse(value);
        const own = (sum[provider] ??= { promptTokens: 0, completionTokens: 0, images: 0 });
        own.promptTokens += promptTokens;
        own.completionTokens += completionTokens;
        if (provider === 'images') own.images += 1;
      }
    }
  }
  return sum;
}
