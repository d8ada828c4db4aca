import { z } from 'zod';
import { promptPairSchema, promptRowSchema } from '../contracts/records.js';
import { pairRoutes } from '../recipe/stage.js';

/** Files inside the artifacts of the collect stage. */
export const DatasetFile = {
  rejected: 'rejected.jsonl',
  quarantine: 'quarantine.jsonl',
  card: 'card.json',
  promptsTrain: 'prompts-train.jsonl',
  /** Of the plan's artifact. */
  plan: 'plan.json',
  duplicates: 'duplicates.bin',
  /** Clean rows that the recipe makes no pair of. */
  unused: 'unused.jsonl',
  /** Of a shard's artifact. */
  pairs: 'pairs.jsonl',
  shard: 'shard.json',
} as const;

/** A line of a shard: a clean row, its place among all, and what is to be made of it. */
export const plannedRowSchema = z.strictObject({
  ordinal: z.int().nonnegative(),
  row: promptRowSchema,
  /** Absent: no pair is made of it. */
  route: z.enum(pairRoutes).optional(),
});
export type PlannedRow = z.infer<typeof plannedRowSchema>;

/** A line of a shard's pairs. */
export const placedPairSchema = z.strictObject({
  ordinal: z.int().nonnegative(),
  pair: promptPairSchema,
});
export type PlacedPair = z.infer<typeof placedPairSchema>;

/** `quarantine.jsonl`: a row that failed for good, and what came back. */
export const quarantinedRowSchema = z.strictObject({
  id: z.string(),
  origin: z.string(),
  route: z.enum(pairRoutes),
  reason: z.string(),
  /** What a provider answered, in full; empty if nothing came back. */
  answer: z.string(),
  excerpt: z.string(),
});
export type QuarantinedRow = z.infer<typeof quarantinedRowSchema>;

/** `shard.json`: what became of a shard's rows. */
export const shardSchema = z.strictObject({
  rowCount: z.int().nonnegative(),
  askedCount: z.int().nonnegative(),
  simulated: z.array(z.string()),
});
