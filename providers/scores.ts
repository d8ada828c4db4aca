import type { ScoresSettings } from '../recipe/sections/providers.js';
import type { GeneratedImage } from './image-bytes.js';
import { InferenceServer, type BytesColumn } from './inference.js';
import { Requester, type ClientOptions } from './request.js';

/** What a score server can be asked for. */
type ScoreModel = keyof ScoresSettings['models'];

export interface PromptedImage {
  prompt: string;
  image: GeneratedImage;
}

type PromptedScores = (rows: PromptedImage[], signal?: AbortSignal) => Promise<number[]>;

export interface ScoreClient {
  /** PickScore of each (prompt, image), about 14 to 26. */
  pick: PromptedScores;
  /** Aesthetic score of each image, 1 to 10. */
  aesthetic(images: GeneratedImage[], signal?: AbortSignal): Promise<number[]>;
  /** HPS of each (prompt, image), about .2 to .35. */
  hps: PromptedScores;
  /** CLIP score of each (prompt, image): cosine of the two embeddings, at times times 100, as the model gives it. */
  clip: PromptedScores;
  /** How many requests one score of all these takes. */
  requestCount(rows: PromptedImage[]): number;
}

type ScoreClientOptions = ClientOptions & Pick<ScoresSettings, 'models' | 'maxBatch'>;

/** Most bytes of values in one request, unless one row alone has more: servers and proxies bound bodies. Ours. */
export const MAX_BATCH_BYTES = 16 * 2 ** 20;

/**
 * A client of a server of the Open Inference Protocol v2 that holds the models of the recipe, each with the inputs
 * `prompt` and `image` (aesthetic: `image`) and the output `score`.
 *
 * Its calls throw ProviderUnavailableError, ProviderRefusedError or ProviderRowError.
 */
export function createScoreClient(options: ScoreClientOptions): ScoreClient {
  const requester = new Requester(options);
  const server = new InferenceServer(requester);

  async function score(
    model: ScoreModel,
    columns: BytesColumn[],
    signal?: AbortSignal,
  ): Promise<number[]> {
    const name = options.models[model];
    const batches = batchesOf(columns, options.maxBatch);
    return (
      await Promise.all(
        batches.map(([start, end]) =>
          server.score(
            name,
            columns.map((column) => ({ ...column, values: column.values.slice(start, end) })),
            signal,
          ),
        ),
      )
    ).flat();
  }

  const columnsOf = (rows: PromptedImage[]): BytesColumn[] => [
    { name: 'prompt', kind: 'text', values: rows.map((row) => row.prompt) },
    { name: 'image', kind: 'base64', values: rows.map((row) => row.image.base64) },
  ];
  const scorePrompted =
    (model: ScoreModel): PromptedScores =>
    (rows, signal) =>
      score(model, columnsOf(rows), signal);

  return {
    pick: scorePrompted('pickscore'),
    aesthetic: (images, signal) =>
      score(
        'aesthetic',
        [{ name: 'image', kind: 'base64', values: images.map((image) => image.base64) }],
        signal,
      ),
    hps: scorePrompted('hps'),
    clip: scorePrompted('clip'),
    requestCount: (rows) => batchesOf(columnsOf(rows), options.maxBatch).length,
  };
}

/** Ranges of rows, each of at most `maxRows` and of bounded bytes. */
function batchesOf(columns: BytesColumn[], maxRows: number): [start: number, end: number][] {
  const count = columns[0]?.values.length ?? 0;
  const batches: [number, number][] = [];
  let start = 0;
  let byteLength = 0;
  for (let row = 0; row < count; row += 1) {
    const rowBytes = columns.reduce((sum, { values }) => sum + (values[row]?.length ?? 0), 0);
    if (row > start && (row - start >= maxRows || byteLength + rowBytes > MAX_BATCH_BYTES)) {
      batches.push([start, row]);
      start = row;
      byteLength = 0;
    }
    byteLength += rowBytes;
  }
  if (count > start) batches.push([start, count]);
  return batches;
}
