import { z } from 'zod';
import { fetchImage } from './fetch-image.js';
import type { DrawImages, ImageClientOptions } from './draw-images.js';
import { imageOf } from './image-bytes.js';
import type { Requester } from './request.js';

const answerSchema = z.object({
  data: z.array(
    z.union([z.object({ b64_json: z.string().min(1) }), z.object({ url: z.string().min(1) })]),
  ),
});
const PATH = '/v1/images/generations';

/**
 * Draws by an OpenAI-compatible `POST /v1/images/generations`; a picture given as an address is fetched.
 *
 * `seed` is not in OpenAI's own protocol; compatible servers take it.
 */
export function createOpenAiImages(requester: Requester, options: ImageClientOptions): DrawImages {
  const size = `${options.drawing.width}x${options.drawing.height}`;
  return async ({ prompt, count, seed, signal }) => {
    const answer = await requester.send({
      method: 'POST',
      path: PATH,
      body: { model: options.model, prompt, n: count, size, seed, response_format: 'b64_json' },
      answer: answerSchema,
      consumed: ({ data }) => ({ images: data.length }),
      ...(signal ? { signal } : {}),
    });
    if (answer.data.length !== count) {
      throw requester.rowError(PATH, `${answer.data.length} pictures instead of ${count}`);
    }
    return Promise.all(
      answer.data.map(async (item) => {
        const text = 'b64_json' in item ? item.b64_json : item.url;
        const image = imageOf(text);
        if (image) return image;
        if ('b64_json' in item || text.startsWith('data:')) {
          throw requester.rowError(PATH, 'a picture that is none of PNG, JPEG, WebP and GIF');
        }
        try {
          return await fetchImage(text, {
            trustedHost: new URL(options.url).hostname,
            timeoutMs: options.timeoutMs,
            ...(signal ? { signal } : {}),
          });
        } catch (error) {
          signal?.throwIfAborted();
          const why = error instanceof Error ? error.message : 'unknown';
          throw requester.rowError(PATH, `the address of a picture that cannot be used: ${why}`);
        }
      }),
    );
  };
}
