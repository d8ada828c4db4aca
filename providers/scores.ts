import { z } from 'zod';
import { ProviderRowError } from './errors.js';
import type { GeneratedImage } from './images.js';
import { createRequester, type ClientOptions } from './request.js';
import type { Usage } from './usage.js';

/** Models a score server must hold. */
export const scoreModels = ['pickscore', 'aesthetic'] as const;
export type ScoreModel = (typeof scoreModels)[number];

export interface ScoreClient {
  /** True if the server says it is ready. */
  isReady(signal?: AbortSignal): Promise<boolean>;
  /** The model's tensors as the server describes them. */
  describeModel(model: ScoreModel, signal?: AbortSignal): Promise<ModelDescription>;
  /** PickScore of each (prompt, image), about 14 to 26. */
  pick(rows: { prompt: string; image: GeneratedImage }[], signal?: AbortSignal): Promise<number[]>;
  /** Aesthetic score of each image, 1 to 10. */
  aesthetic(images: GeneratedImage[], signal?: AbortSignal): Promise<number[]>;
  readonly usage: Usage;
}

const tensorSchema = z.looseObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number()),
});
const modelSchema = z.looseObject({
  name: z.string(),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});
export type ModelDescription = z.infer<typeof modelSchema>;

const readySchema = z.looseObject({ ready: z.boolean().optional() });

const answerSchema = z.object({
  outputs: z.array(z.object({ name: z.string(), data: z.array(z.number()) })),
});

/** BYTES in JSON are strings: text as it is, pictures in base64 (or their address). */
function bytesTensor(name: string, data: string[]) {
  return { name, datatype: 'BYTES', shape: [data.length], data };
}

function imageData(image: GeneratedImage): string {
  return 'base64' in image ? image.base64 : image.url;
}

/**
 * A client of a server of the Open Inference Protocol v2 (KServe, Triton) that holds `pickscore` and `aesthetic`.
 *
 * Calls @throws ProviderUnavailableError, ProviderRefusedError or ProviderRowError.
 */
export function createScoreClient(options: ClientOptions): ScoreClient {
  const requester = createRequester(options);

  async function infer(
    model: ScoreModel,
    inputs: ReturnType<typeof bytesTensor>[],
    signal?: AbortSignal,
  ) {
    const count = inputs[0]?.data.length ?? 0;
    if (count === 0) return [];
    const path = `/v2/models/${model}/infer`;
    const answer = await requester.send({
      method: 'POST',
      path,
      body: { inputs, outputs: [{ name: 'score' }] },
      answer: answerSchema,
      ...(signal ? { signal } : {}),
    });
    const score = answer.outputs.find((output) => output.name === 'score');
    if (score?.data.length !== count) {
      const found = score ? `${score.data.length} numbers` : 'no such tensor';
      throw requester.rowError(path, `${found} as \`score\` instead of ${count} numbers`);
    }
    requester.usage.scores += count;
    return score.data;
  }

  return {
    usage: requester.usage,
    async isReady(signal) {
      try {
        const answer = await requester.send({
          method: 'GET',
          path: '/v2/health/ready',
          answer: readySchema,
          ...(signal ? { signal } : {}),
        });
        return answer.ready !== false;
      } catch (error) {
        // Triton answers 200 with an empty body.
        if (error instanceof ProviderRowError) return true;
        throw error;
      }
    },
    describeModel: (model, signal) =>
      requester.send({
        method: 'GET',
        path: `/v2/models/${model}`,
        answer: modelSchema,
        ...(signal ? { signal } : {}),
      }),
    pick: (rows, signal) =>
      infer(
        'pickscore',
        [
          bytesTensor(
            'prompt',
            rows.map((row) => row.prompt),
          ),
          bytesTensor(
            'image',
            rows.map((row) => imageData(row.image)),
          ),
        ],
        signal,
      ),
    aesthetic: (images, signal) =>
      infer('aesthetic', [bytesTensor('image', images.map(imageData))], signal),
  };
}
