import { z } from 'zod';
import type { ProviderCost } from '../../contracts/data-card.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { readPiece } from './answer-log.js';
import { kindPrefix, parsePieceKey } from './shard-layout.js';

/** What answers of one provider took. */
export type AnswerUse = Pick<ProviderCost, 'promptTokens' | 'completionTokens' | 'images'>;

const tokens = z.number().nonnegative().default(0);
/** Pictures have no tokens. */
const useSchema = z.looseObject({ promptTokens: tokens, completionTokens: tokens });

/**
 * Tokens and pictures of the answers that a collection paid for, by provider, as they were recorded.
 *
 * One shard's answers are in memory at a time. @throws what the store throws.
 */
export async function countAnswers(
  store: ObjectStore,
  { kind, stageKey }: { kind: string; stageKey: string },
): Promise<Record<string, AnswerUse>> {
  const collection = stageKey.slice(0, 16);
  const byShard = new Map<string, string[]>();
  for await (const { key } of store.list(kindPrefix(kind))) {
    if (parsePieceKey(key)?.collection !== collection) continue;
    const shard = key.slice(0, key.lastIndexOf('/'));
    byShard.set(shard, [...(byShard.get(shard) ?? []), key]);
  }
  const sum: Record<string, AnswerUse> = {};
  for (const keys of byShard.values()) {
    // A kill while pieces were joined leaves answers twice.
    const counted = new Set<string>();
    for (const name of keys) {
      for (const { key, provider, value } of await readPiece(store, name)) {
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
