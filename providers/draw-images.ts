import type { ImagesSettings } from '../recipe/sections/providers.js';
import type { GeneratedImage } from './image-bytes.js';
import type { ClientOptions } from './request.js';

export interface ImageRequest {
  prompt: string;
  /** Pictures of this prompt, at least 1. */
  count: number;
  /** Same seed, same pictures, as far as the server can; the pictures of later calls go on from it. */
  seed: number;
  signal?: AbortSignal;
}

export type ImageClientOptions = ClientOptions &
  Pick<ImagesSettings, 'protocol' | 'maxPerCall' | 'drawing'>;

/** One call for at most `maxPerCall` pictures. */
export type DrawImages = (request: ImageRequest) => Promise<GeneratedImage[]>;
