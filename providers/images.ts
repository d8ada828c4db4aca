import { z } from 'zod';
import type { ImagesSettings } from '../recipe/sections/providers.js';
import { type GeneratedImage, imageOf, mediaTypeOf } from './image-bytes.js';
import { placeOf, publicFetch, type PublicFetchOptions } from './public-fetch.js';
import { type ClientOptions, Requester } from './request.js';

interface ImageRequest {
  prompt: string;
  /** Pictures of this prompt, at least 1. */
  count: number;
  /** Same seed, same pictures, as far as the server can; the pictures of later calls go on from it. */
  seed: number;
  signal?: AbortSignal;
}

type ImageClientOptions = ClientOptions &
  Pick<ImagesSettings, 'protocol' | 'maxPerCall' | 'drawing'>;

/** Sends one call for at most `maxPerCall` pictures. */
type DrawImages = (request: ImageRequest) => Promise<GeneratedImage[]>;

export interface ImageClient {
  /** Exactly `count` pictures in the order of their seeds. */
  generate(request: ImageRequest): Promise<GeneratedImage[]>;
}

/**
 * A client of an image server, by the protocol of its options.
 *
 * Picture i has seed + i where one call draws one picture, and always on a server of the Stable Diffusion web interface;
 * elsewhere the server chooses the seeds of a call's later pictures.
 * Its calls throw ProviderUnavailableError, ProviderRefusedError, or ProviderRowError, also for another count of pictures.
 */
export function createImageClient(options: ImageClientOptions): ImageClient {
  const requester = new Requester(options);
  const draw: DrawImages =
    options.protocol === 'openai'
      ? createOpenAiImages(requester, options)
      : createStableDiffusionImages(requester, options);
  return {
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

const openAiSchema = z.object({
  data: z.array(
    z.union([z.object({ b64_json: z.string().min(1) }), z.object({ url: z.string().min(1) })]),
  ),
});
const OPENAI_PATH = '/v1/images/generations';

/**
 * Draws by an OpenAI-compatible `POST /v1/images/generations`; a picture given as an address is fetched.
 *
 * `seed` is not in OpenAI's own protocol; compatible servers take it.
 */
function createOpenAiImages(requester: Requester, options: ImageClientOptions): DrawImages {
  const size = `${options.drawing.width}x${options.drawing.height}`;
  return async ({ prompt, count, seed, signal }) => {
    const answer = await requester.send({
      method: 'POST',
      path: OPENAI_PATH,
      body: { model: options.model, prompt, n: count, size, seed, response_format: 'b64_json' },
      answer: openAiSchema,
      ...(signal ? { signal } : {}),
    });
    if (answer.data.length !== count) {
      throw requester.rowError(OPENAI_PATH, `${answer.data.length} pictures instead of ${count}`);
    }
    return Promise.all(
      answer.data.map(async (item) => {
        const text = 'b64_json' in item ? item.b64_json : item.url;
        const image = imageOf(text);
        if (image) return image;
        if ('b64_json' in item || text.startsWith('data:')) {
          throw requester.rowError(
            OPENAI_PATH,
            'a picture that is none of PNG, JPEG, WebP and GIF',
          );
        }
        try {
          return await fetchImage(text, {
            trustedHosts: [new URL(options.url).host],
            timeoutMs: options.timeoutMs,
            ...(signal ? { signal } : {}),
          });
        } catch (error) {
          signal?.throwIfAborted();
          const why = error instanceof Error ? error.message : 'unknown';
          throw requester.rowError(
            OPENAI_PATH,
            `the address of a picture that cannot be used: ${why}`,
          );
        }
      }),
    );
  };
}

const MAX_IMAGE_BYTES = 32 * 2 ** 20;

/**
 * The picture at an address that an image server gave, fetched without any key: of a public host over https, or of the
 * server itself.
 *
 * @throws Error that says what is wrong, without the address's query.
 */
export async function fetchImage(
  address: string,
  options: Pick<PublicFetchOptions, 'trustedHosts' | 'timeoutMs' | 'signal'> & {
    maxBytes?: number;
  },
): Promise<GeneratedImage> {
  const { bytes, url } = await publicFetch(address, {
    maxBytes: MAX_IMAGE_BYTES,
    ...options,
    requiresTls: true,
  });
  const base64 = bytes.toString('base64');
  if (mediaTypeOf(base64) !== undefined) return { base64 };
  throw new Error(`${placeOf(url)} is none of PNG, JPEG, WebP and GIF`);
}

const infoSchema = z.looseObject({
  all_seeds: z.array(z.number()).optional(),
  /** Above 0 where a contact sheet comes first. */
  index_of_first_image: z.int().nonnegative().default(0),
});
const webUiSchema = z.looseObject({
  images: z.array(z.string().min(1)),
  /** JSON in a text. */
  info: z.string().nullish(),
});
const WEB_UI_PATH = '/sdapi/v1/txt2img';

/**
 * Draws by `POST /sdapi/v1/txt2img` of the Stable Diffusion web interface: picture i of a call has seed + i.
 *
 * The server draws with the checkpoint of `model` ("simulator" leaves it as it is), and one batch a call.
 */
function createStableDiffusionImages(
  requester: Requester,
  { model, drawing }: ImageClientOptions,
): DrawImages {
  return async ({ prompt, count, seed, signal }) => {
    const answer = await requester.send({
      method: 'POST',
      path: WEB_UI_PATH,
      body: {
        prompt,
        seed,
        batch_size: count,
        n_iter: 1,
        steps: drawing.steps,
        width: drawing.width,
        height: drawing.height,
        sampler_name: drawing.sampler,
        cfg_scale: drawing.guidance,
        send_images: true,
        save_images: false,
        ...(model === 'simulator'
          ? {}
          : {
              override_settings: { sd_model_checkpoint: model },
              override_settings_restore_afterwards: false,
            }),
      },
      answer: webUiSchema,
      ...(signal ? { signal } : {}),
    });
    const info = readInfo(answer.info);
    if (!info) throw requester.rowError(WEB_UI_PATH, 'an `info` that is not the JSON of a drawing');
    const drawn = answer.images.slice(info.index_of_first_image);
    if (drawn.length !== count) {
      throw requester.rowError(WEB_UI_PATH, `${drawn.length} pictures instead of ${count}`);
    }
    const seeds = info.all_seeds?.slice(0, count);
    if (seeds?.some((found, index) => found !== seed + index)) {
      const expected = `${seed} to ${seed + count - 1}`;
      throw requester.rowError(
        WEB_UI_PATH,
        `pictures of seeds ${seeds.join(', ')} instead of ${expected}`,
      );
    }
    return drawn.map((text) => {
      const image = imageOf(text);
      if (!image) {
        throw requester.rowError(WEB_UI_PATH, 'a picture that is none of PNG, JPEG, WebP and GIF');
      }
      return image;
    });
  };
}

function readInfo(info: string | null | undefined): z.infer<typeof infoSchema> | undefined {
  try {
    return infoSchema.parse(JSON.parse(info ?? '{}'));
  } catch {
    return undefined;
  }
}
