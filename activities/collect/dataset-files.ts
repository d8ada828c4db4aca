import { z } from 'zod';

/** Files inside the artifacts of the collect stage. */
export const DatasetFile = {
  rejected: 'rejected.jsonl',
  card: 'card.json',
  promptsTrain: 'prompts-train.jsonl',
  /** Of the plan's artifact. */
  plan: 'plan.json',
  /** Of a shard's artifact. */
  pairs: 'pairs.jsonl',
  shard: 'shard.json',
} as const;

/** Name of a shard of clean rows in the plan's artifact. */
export function shardFile(shardIndex: number): string {
  return `shard-${String(shardIndex).padStart(5, '0')}.jsonl`;
}

/** `plan.json`: what was read. */
export const planSchema = z.strictObject({
  sources: z.array(
    z.strictObject({ source: z.string(), sha256: z.string(), byteLength: z.int().nonnegative() }),
  ),
  readCount: z.int().nonnegative(),
});

/** `shard.json`: what became of a shard's rows. */
export const shardSchema = z.strictObject({
  rowCount: z.int().nonnegative(),
  lostCount: z.int().nonnegative(),
  simulated: z.array(z.string()),
});
