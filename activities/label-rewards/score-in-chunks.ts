import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { RowLossExceededError } from '../../contracts/errors.js';
import type { Providers } from '../../providers/providers.js';
import type { TextRow, TextScore } from '../../providers/score-texts.js';
import type { ObjectStore } from '../../storage/object-store.js';

/** Rows between two saved parts: a later attempt repeats at most these. */
const CHUNK_ROWS = 256;
/** Above this share of rows without a score something is wrong with all of them. Ours. */
export const MAX_LOST_SHARE = 0.1;

const savedSchema = z.array(z.strictObject({ pick: z.number(), aesthetic: z.number() }).nullable());

export interface ScoreInChunksOptions {
  seed: number;
  imagesPerPrompt: number;
  signal: AbortSignal;
  onProgress: (doneCount: number) => void;
  /** Where finished parts are kept until all are done; one prefix for one set of rows and settings. */
  parts: { store: ObjectStore; prefix: string };
}

/**
 * The scores of all rows, undefined where providers failed on a row; finished parts survive a failed attempt.
 *
 * Scores cost pictures, so each part is stored when it is done and a later attempt, on any machine, goes on from there.
 * @throws RowLossExceededError if more than a tenth of the rows has no score.
 */
export async function scoreInChunks(
  providers: Pick<Providers, 'scoreTexts'>,
  rows: TextRow[],
  options: ScoreInChunksOptions,
): Promise<(TextScore | undefined)[]> {
  const { seed, imagesPerPrompt, signal, onProgress, parts } = options;
  // Every request in flight listens to the one signal.
  setMaxListeners(0, signal);
  const scores: (TextScore | undefined)[] = [];
  let lastFailure: Error | undefined;
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const key = partKey(parts.prefix, start);
    const chunk = rows.slice(start, start + CHUNK_ROWS);
    let found = await readPart(parts.store, key, chunk.length);
    if (found === undefined) {
      const fresh = await providers.scoreTexts(chunk, {
        seed,
        imagesPerPrompt,
        signal,
        onProgress: (doneCount) => {
          onProgress(start + doneCount);
        },
        onRowError: (_, error) => (lastFailure = error),
      });
      found = fresh.map((score) => (isUsable(score) ? score : null));
      await parts.store.put(key, JSON.stringify(found));
    }
    scores.push(...found.map((score) => score ?? undefined));
    onProgress(scores.length);
  }
  const lostCount = scores.filter((score) => score === undefined).length;
  if (lostCount > MAX_LOST_SHARE * rows.length) {
    // The parts must not make a mended provider fail again.
    await dropParts(parts, rows.length);
    throw new RowLossExceededError(
      `Expected scores for at least ${100 * (1 - MAX_LOST_SHARE)} % of ${rows.length} texts; the providers failed on ${lostCount}. ` +
        `The last failure: ${lastFailure?.message ?? 'a score that is not a number'}`,
      { cause: lastFailure },
    );
  }
  return scores;
}

/** Deletes what `scoreInChunks` kept, once its result is stored elsewhere. */
export async function dropParts(
  { store, prefix }: ScoreInChunksOptions['parts'],
  rowCount: number,
): Promise<void> {
  for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
    await store.delete(partKey(prefix, start));
  }
}

function partKey(prefix: string, start: number): string {
  return `${prefix}/part-${String(start / CHUNK_ROWS).padStart(5, '0')}.json`;
}

async function readPart(store: ObjectStore, key: string, rowCount: number) {
  const stored = await store.get(key);
  if (stored === undefined) return undefined;
  const part = savedSchema.safeParse(JSON.parse(new TextDecoder().decode(stored.body)));
  return part.success && part.data.length === rowCount ? part.data : undefined;
}

function isUsable(score: TextScore | undefined): score is TextScore {
  return score !== undefined && Number.isFinite(score.pick) && Number.isFinite(score.aesthetic);
}
