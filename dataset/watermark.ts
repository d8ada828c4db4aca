import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { artifactRefSchema, type ArtifactRef } from '../contracts/artifact.js';
import type { CollectSettings } from '../recipe/sections/collect.js';
import { readArtifact, reuseArtifact } from '../storage/artifacts.js';
import { digestOf } from '../files/digest.js';
import type { ObjectStore } from '../storage/object-store.js';
import { DatasetFile } from './dataset-files.js';
import { sourcePositionSchema } from './sources/read-new.js';

/** Raise it when the same rows would pass other filters than before: the next run then reads everything anew. */
const cleaningVersion = 3;

/** `plan.json`: what has been read, and where the next run takes up. */
export const planSchema = z.strictObject({
  version: z.literal(2),
  positions: z.array(sourcePositionSchema),
  readCount: z.int().nonnegative(),
  rowCount: z.int().nonnegative(),
  /** See `DuplicateIndex`; plans of an older Burnish have none. */
  crowdedCount: z.int().nonnegative().default(0),
  shardCount: z.int().positive(),
});
export type PlanFile = z.infer<typeof planSchema>;

/** An earlier plan to go on from. */
export interface EarlierPlan {
  /** A folder with the plan's files. */
  folder: string;
  plan: PlanFile;
}

/** Settings that decide what a source row becomes: a plan made under others cannot be gone on from. */
function cleaningSettings({ minWords, maxWords, lowerCase, filters }: CollectSettings): object {
  return { cleaningVersion, minWords, maxWords, lowerCase, filters };
}

/** The newest plan of the recipe under the same settings; undefined if there is none, or nothing is left of it. */
export async function findEarlierPlan(
  store: ObjectStore,
  cacheFolder: string,
  of: { recipe: string; settings: CollectSettings },
): Promise<EarlierPlan | undefined> {
  const stored = await store.get(watermarkKey(of));
  if (stored === undefined) return undefined;
  const ref = artifactRefSchema.safeParse(JSON.parse(new TextDecoder().decode(stored.body)));
  if (!ref.success || !(await reuseArtifact(store, ref.data))) return undefined;
  const folder = await readArtifact(store, ref.data, cacheFolder);
  const text = await readFile(join(folder, DatasetFile.plan), 'utf8');
  const plan = planSchema.safeParse(JSON.parse(text));
  return plan.success ? { folder, plan: plan.data } : undefined;
}

/** Makes a plan the one that the recipe's next run goes on from. */
export async function rememberPlan(
  store: ObjectStore,
  of: { recipe: string; settings: CollectSettings },
  plan: ArtifactRef,
): Promise<void> {
  await store.put(watermarkKey(of), JSON.stringify(plan));
}

function watermarkKey({ recipe, settings }: { recipe: string; settings: CollectSettings }): string {
  return `collections/${recipe}/${digestOf(cleaningSettings(settings))}.json`;
}
