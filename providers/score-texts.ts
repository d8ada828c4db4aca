import { keyOf, randomBits } from '../text/random.js';
import { mapBounded } from './concurrency.js';
import { ProviderRowError } from './errors.js';
import type { GeneratedImage } from './image-bytes.js';
import type { ImageClient } from './images.js';
import type { ScoreClient } from './scores.js';

export interface TextRow {
  /** Plain description: PickScore compares the picture with it. */
  x: string;
  /** The prompt whose pictures are scored. */
  y: string;
  /** Pictures depend on (seed, rowKey), not on the row's place. */
  rowKey: number;
}

export interface TextScore {
  pick: number;
  aesthetic: number;
}

export interface ScoreTextsOptions {
  seed: number;
  imagesPerPrompt: number;
  signal?: AbortSignal;
  onProgress?: (doneCount: number, rowCount: number) => void;
}

export interface ScoreTexts {
  /** Scores of all rows; a row the providers fail on is told and left undefined. */
  (
    rows: TextRow[],
    options: ScoreTextsOptions & {
      onRowError: (rowIndex: number, error: ProviderRowError) => void;
    },
  ): Promise<(TextScore | undefined)[]>;
  /** Scores of all rows. @throws ProviderRowError if the providers fail on one. */
  (rows: TextRow[], options: ScoreTextsOptions): Promise<TextScore[]>;
}

/** Rows whose pictures are scored by one request. */
const CHUNK_ROWS = 64;
/** Chunks in flight: while one is scored, pictures of the next are made. */
const CHUNKS = 3;
/** Image requests in flight, per chunk. */
const IMAGE_REQUESTS = 12;
const IMAGE_SEED = keyOf('images');

type Options = ScoreTextsOptions & {
  onRowError?: (rowIndex: number, error: ProviderRowError) => void;
};

/**
 * A function that scores texts by their pictures: y's pictures from `images`, PickScore against x and the aesthetic score
 * from `scores`, both averaged over the pictures.
 *
 * It @throws ProviderUnavailableError, ProviderRefusedError, or the signal's reason.
 */
export function createScoreTexts(images: ImageClient, scores: ScoreClient): ScoreTexts {
  async function scoreChunk(rows: TextRow[], options: Options, firstIndex: number) {
    const found: (TextScore | undefined)[] = rows.map(() => undefined);
    const putAside = (index: number, error: unknown): void => {
      if (!(error instanceof ProviderRowError) || !options.onRowError) throw error;
      options.onRowError(firstIndex + index, error);
    };
    const drawn = await mapBounded(rows, IMAGE_REQUESTS, async (row, index) => {
      try {
        return await drawImages(images, row, options);
      } catch (error) {
        putAside(index, error);
        return undefined;
      }
    });
    const ready = rows.flatMap((row, index) => {
      const pictures = drawn[index];
      return pictures ? [{ row, index, pictures }] : [];
    });
    try {
      const values = await scoreImages(scores, ready, options.signal);
      for (const [place, { index }] of ready.entries()) found[index] = values[place];
    } catch (error) {
      if (!(error instanceof ProviderRowError)) throw error;
      // One bad row spoils its batch: ask again row by row to find it.
      for (const item of ready) {
        try {
          [found[item.index]] = await scoreImages(scores, [item], options.signal);
        } catch (rowError) {
          putAside(item.index, rowError);
        }
      }
    }
    return found;
  }

  async function scoreTexts(rows: TextRow[], options: Options): Promise<(TextScore | undefined)[]> {
    let doneCount = 0;
    const starts = Array.from(
      { length: Math.ceil(rows.length / CHUNK_ROWS) },
      (_, index) => index * CHUNK_ROWS,
    );
    const chunks = await mapBounded(starts, CHUNKS, async (start) => {
      const chunk = rows.slice(start, start + CHUNK_ROWS);
      const values = await scoreChunk(chunk, options, start);
      doneCount += chunk.length;
      options.onProgress?.(doneCount, rows.length);
      return values;
    });
    return chunks.flat();
  }
  return scoreTexts as ScoreTexts;
}

function drawImages(
  images: ImageClient,
  row: TextRow,
  options: Options,
): Promise<GeneratedImage[]> {
  return images.generate({
    prompt: row.y,
    count: options.imagesPerPrompt,
    seed: randomBits(options.seed, IMAGE_SEED, row.rowKey) >>> 1,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

async function scoreImages(
  scores: ScoreClient,
  items: { row: TextRow; pictures: GeneratedImage[] }[],
  signal?: AbortSignal,
): Promise<TextScore[]> {
  const pairs = items.flatMap(({ row, pictures }) =>
    pictures.map((image) => ({ prompt: row.x, image })),
  );
  const [pick, aesthetic] = await Promise.all([
    scores.pick(pairs, signal),
    scores.aesthetic(
      pairs.map((pair) => pair.image),
      signal,
    ),
  ]);
  let next = 0;
  return items.map(({ pictures }) => {
    const start = next;
    next += pictures.length;
    return { pick: mean(pick.slice(start, next)), aesthetic: mean(aesthetic.slice(start, next)) };
  });
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
