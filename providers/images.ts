import type { ImagesSettings } from '../contracts/recipe/providers.js';
import { dataUrlBase64, mediaTypeOf } from './image-bytes.js';
import { createOpenAiImages } from './openai-images.js';
import { createRequester, type ClientOptions } from './request.js';
import { createStableDiffusionImages } from './sdapi-images.js';
import type { Usage } from './usage.js';

/** A picture: the bytes of its file in base64. */
export interface GeneratedImage {
  base64: string;
}

export interface ImageRequest {
  prompt: string;
  /** Pictures of this prompt, at least 1. */
  count: number;
  /** Same seed, same pictures, as far as the server can; the pictures of later calls go on from it. */
  seed: number;
  signal?: AbortSignal;
}

export interface ImageClient {
  /** Exactly `count` pictures in the order of their seeds. */
  generate(request: ImageRequest): Promise<GeneratedImage[]>;
  readonly usage: Usage;
}

export type ImageClientOptions = ClientOptions &
  Pick<ImagesSettings, 'protocol' | 'maxPerCall' | 'drawing'>;

/** One call for at most `maxPerCall` pictures. */
export type DrawImages = (request: ImageRequest) => Promise<GeneratedImage[]>;

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

/** A picture from the base64 or the data URL a server gave; undefined if it is neither. */
export function imageOf(text: string): GeneratedImage | undefined {
  const base64 = text.startsWith('data:') ? dataUrlBase64(text) : text;
  return base64 !== undefined && mediaTypeOf(base64) !== undefined ? { base64 } : undefined;
}
