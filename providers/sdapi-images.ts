import { z } from 'zod';
import type { DrawImages, ImageClientOptions } from './draw-images.js';
import { imageOf } from './image-bytes.js';
import type { Requester } from './request.js';

const infoSchema = z.looseObject({
  all_seeds: z.array(z.number()).optional(),
  /** Above 0 where a contact sheet comes first. */
  index_of_first_image: z.int().nonnegative().default(0),
});
const answerSchema = z.looseObject({
  images: z.array(z.string().min(1)),
  /** JSON in a text. */
  info: z.string().nullish(),
});
const PATH = '/sdapi/v1/txt2img';

/**
 * Draws by `POST /sdapi/v1/txt2img` of the Stable Diffusion web interface: picture i of a call has seed + i.
 *
 * The server draws with the checkpoint of `model` ("simulator" leaves it as it is), and one batch a call.
 */
export function createStableDiffusionImages(
  requester: Requester,
  { model, drawing }: ImageClientOptions,
): DrawImages {
  return async ({ prompt, count, seed, signal }) => {
    const answer = await requester.send({
      method: 'POST',
      path: PATH,
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
      answer: answerSchema,
      consumed: ({ images }) => ({ images: Math.min(images.length, count) }),
      ...(signal ? { signal } : {}),
    });
    const info = readInfo(answer.info);
    if (!info) throw requester.rowError(PATH, 'an `info` that is not the JSON of a drawing');
    const drawn = answer.images.slice(info.index_of_first_image);
    if (drawn.length !== count) {
      throw requester.rowError(PATH, `${drawn.length} pictures instead of ${count}`);
    }
    const seeds = info.all_seeds?.slice(0, count);
    if (seeds?.some((found, index) => found !== seed + index)) {
      const expected = `${seed} to ${seed + count - 1}`;
      throw requester.rowError(
        PATH,
        `pictures of seeds ${seeds.join(', ')} instead of ${expected}`,
      );
    }
    return drawn.map((text) => {
      const image = imageOf(text);
      if (!image) {
        throw requester.rowError(PATH, 'a picture that is none of PNG, JPEG, WebP and GIF');
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
