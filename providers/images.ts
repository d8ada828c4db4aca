import { z } from 'zod';
import { createRequester, type ClientOptions } from './request.js';
import type { Usage } from './usage.js';

/** A picture as the server gave it: its bytes in base64, or an address to fetch it from. */
export type GeneratedImage = { base64: string } | { url: string };

export interface ImageRequest {
  prompt: string;
  /** Pictures of this prompt, at least 1. */
  count: number;
  /** Not in OpenAI's own protocol; compatible servers take it. Same seed, same pictures. */
  seed: number;
  /** `<width>x<height>`, pixels. */
  size?: string;
  signal?: AbortSignal;
}

export interface ImageClient {
  /** Exactly `count` pictures in the server's order. */
  generate(request: ImageRequest): Promise<GeneratedImage[]>;
  readonly usage: Usage;
}

const answerSchema = z.object({
  data: z.array(
    z.union([z.object({ b64_json: z.string().min(1) }), z.object({ url: z.string().min(1) })]),
  ),
});
const PATH = '/v1/images/generations';

/**
 * A client of an OpenAI-compatible `POST /v1/images/generations`.
 *
 * `generate` @throws ProviderUnavailableError, ProviderRefusedError, or ProviderRowError, also for another count of pictures.
 */
export function createImageClient(options: ClientOptions): ImageClient {
  const requester = createRequester(options);
  return {
    usage: requester.usage,
    async generate({ prompt, count, seed, size = '512x512', signal }) {
      const answer = await requester.send({
        method: 'POST',
        path: PATH,
        body: { model: options.model, prompt, n: count, size, seed, response_format: 'b64_json' },
        answer: answerSchema,
        ...(signal ? { signal } : {}),
      });
      if (answer.data.length !== count) {
        throw requester.rowError(PATH, `${answer.data.length} pictures instead of ${count}`);
      }
      requester.usage.images += count;
      return answer.data.map((image) =>
        'b64_json' in image ? { base64: image.b64_json } : { url: image.url },
      );
    },
  };
}

/** The picture as a URL for chat image input: a data URL, or the server's own address. */
export function imageUrl(image: GeneratedImage): string {
  return 'base64' in image ? `data:image/png;base64,${image.base64}` : image.url;
}
