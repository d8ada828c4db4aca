import { z } from 'zod';
import { artifactRefSchema, checkpointRefSchema } from '../contracts/artifact.js';
import { Stage } from '../recipe/stage.js';
import type { StageRecord } from '../contracts/stages.js';
import { hasArtifact } from './artifacts.js';
import { canonicalJson } from '../files/digest.js';
import { putUnlessChanged, type ObjectStore, type StoredObject } from './object-store.js';
import { guardFromRemoval } from './removal-notice.js';

const stageRecordSchema = z.strictObject({
  stage: z.enum(Stage),
  stageKey: z.string().min(1),
  outputs: z.record(z.string(), artifactRefSchema),
  checkpoint: checkpointRefSchema.exactOptional(),
  summary: z.record(z.string(), z.number()),
  seconds: z.number().nonnegative(),
  workflowId: z.string(),
  runId: z.string(),
  finishedAt: z.string(),
}) satisfies z.ZodType<StageRecord>;

/**
 * The committed result of a stage key; `undefined` when there is none that can be used.
 * A record that cannot be read, or whose artifacts are gone, counts as none: the stage runs again and replaces it.
 * A record that is returned counts as used now, so that garbage collection leaves it.
 * @throws BeingRemovedError if garbage collection removes the record or the stage's checkpoints at this moment.
 */
export async function readStageRecord(
  store: ObjectStore,
  stageKey: string,
): Promise<StageRecord | undefined> {
  const key = keyOf(stageKey);
  return guardFromRemoval(store, [key, `checkpoints/${stageKey}`], async () => {
    for (;;) {
      const stored = await store.get(key);
      if (stored === undefined) return undefined;
      const record = await usableRecord(store, stored, stageKey);
      if (record === undefined) return undefined;
      if (await putUnlessChanged(store, { key, body: stored.body }, stored)) return record;
    }
  });
}

/** The record that holds the stage key from now on: the first that was committed, by this run or another. */
export async function writeStageRecord(
  store: ObjectStore,
  record: StageRecord,
): Promise<StageRecord> {
  const key = keyOf(record.stageKey);
  const text = canonicalJson(stageRecordSchema.parse(record));
  for (;;) {
    const stored = await store.get(key);
    const winner = stored && (await usableRecord(store, stored, record.stageKey));
    if (winner !== undefined) return winner;
    if (await putUnlessChanged(store, { key, body: text }, stored)) return record;
  }
}

async function usableRecord(
  store: ObjectStore,
  { body }: StoredObject,
  stageKey: string,
): Promise<StageRecord | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  const parsed = stageRecordSchema.safeParse(value);
  if (!parsed.success || parsed.data.stageKey !== stageKey) return undefined;
  const outputs = Object.values(parsed.data.outputs);
  const present = await Promise.all(outputs.map((ref) => hasArtifact(store, ref)));
  return present.every(Boolean) ? parsed.data : undefined;
}

function keyOf(stageKey: string): string {
  return `stages/${stageKey}.json`;
}
