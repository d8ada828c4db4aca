import type { DrawImages, ImageClientOptions, ImageRequest } from './draw-images.js';
import { mediaTypeOf, type GeneratedImage } from './image-bytes.js';
import { createOpenAiImages } from './openai-images.js';
import { createRequester } from './request.js';
import { createStableDiffusionImages } from './sdapi-images.js';
import type { Usage } from './usage.js';

export interface ImageClient {
  /** Exactly `count` pictures in the order of their seeds. */
  generate(request: ImageRequest): Promise<GeneratedImage[]>;
  readonly usage: Usage;
}

/**
 * A client of an image server, by the protocol of its options.
 *
 * Picture i is of seed + i where one call draws one picture, and on a server of the Stable Diffusion web interface always;
 * elsewhere a call's later pictures are the server's own affair.
 * `generate` @throws ProviderUnavailableError, ProviderRefusedError, or ProviderRowError, also for another count of pictures.
 */
export function createImageClient(options: ImageClientOptions): ImageClient {
  const requester = createRequester(options);
  const draw: DrawImages =
    options.protocol === 'openai'
      ? createOpenAiImages(requester, options)
      : createStableDiffusionImages(requester, options);
  return {
    usage: requester.usage,
    async generate({ count, seed, ...request }) {
      const starts = Array.from(
        { length: Math.ceil(count / options.maxPerCall) },
        (_, call) => call * options.maxPerCall,
      );
      const parts = await Promise.all(
        starts.map((start) =>
          draw({
            ...request,
            count: Math.min(options.maxPerCall, count - start),
            seed: seed + start,
          }),
        ),
      );
      return parts.flat();
    },
  };
}

/** The picture as a data URL, for chat image input. */
export function imageUrl(image: GeneratedImage): string {
  return `data:${mediaTypeOf(image.base64) ?? 'image/png'};base64,${image.base64}`;
}
