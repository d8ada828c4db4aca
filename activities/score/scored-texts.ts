import { join } from 'node:path';
import { z } from 'zod';
import type { ArtifactRef } from '../../contracts/artifact.js';
import { digestOf } from '../../files/digest.js';
import { readAllRows, readRows, writeJsonl } from '../../files/jsonl.js';
import { readArtifact } from '../../storage/artifacts.js';
import type { StoreDependencies } from '../dependencies.js';

/** A line of a shard of texts. */
export const textRowSchema = z.strictObject({
  /** See `textId`. */
  id: z.string().min(1),
  /** Plain description: PickScore compares the picture with it. */
  x: z.string(),
  /** The prompt whose pictures are scored. */
  y: z.string(),
  /** Pictures depend on (seed, rowKey), not on the text's place. */
  rowKey: z.int().nonnegative(),
});
export type TextRow = z.infer<typeof textRowSchema>;
/** A text that is scored by its pictures. */
export type TextToScore = Omit<TextRow, 'id'>;

/** Files of a scored shard. */
export const ScoreFile = { scores: 'scores.jsonl', quarantine: 'quarantine.jsonl' } as const;

/** A line of `scores.jsonl`. */
export const scoredTextSchema = z.strictObject({
  id: z.string().min(1),
  pick: z.number(),
  aesthetic: z.number(),
});
export type ScoredText = z.infer<typeof scoredTextSchema>;
export type TextScore = Omit<ScoredText, 'id'>;

/** A line of `quarantine.jsonl`: a text that has no scores, and what came back. */
export const unscoredTextSchema = z.strictObject({
  id: z.string().min(1),
  x: z.string(),
  y: z.string(),
  reason: z.string(),
  /** What a provider answered; empty if nothing came back. */
  answer: z.string(),
});
export type UnscoredText = z.infer<typeof unscoredTextSchema>;

/** Equal texts, equal id: they are scored once. */
export function textId({ x, y, rowKey }: TextToScore): string {
  return digestOf([x, y, rowKey]).slice(0, 32);
}

/** What came of all shards of a stage's texts. */
export interface ReadScores {
  /** Undefined where providers failed on the text. */
  scoreOf: (text: TextToScore) => TextScore | undefined;
  quarantined: UnscoredText[];
}

/** The scores of all shards, held in memory. @throws what `readArtifact` throws. */
export async function readScores(
  { store, cacheFolder }: StoreDependencies,
  shards: readonly ArtifactRef[],
): Promise<ReadScores> {
  const scores = new Map<string, TextScore>();
  const quarantined: UnscoredText[] = [];
  for (const shard of shards) {
    const folder = await readArtifact(store, shard, cacheFolder);
    for await (const row of readRows(join(folder, ScoreFile.scores), scoredTextSchema)) {
      const { id, ...score } = row;
      scores.set(id, score);
    }
    const lost = await readAllRows(join(folder, ScoreFile.quarantine), unscoredTextSchema);
    quarantined.push(...lost);
  }
  return { scoreOf: (text) => scores.get(textId(text)), quarantined };
}

/** Writes the texts without scores beside the others; without any there is no file. */
export async function writeQuarantine(
  folder: string,
  quarantined: readonly UnscoredText[],
): Promise<void> {
  if (quarantined.length > 0) await writeJsonl(join(folder, ScoreFile.quarantine), quarantined);
}
