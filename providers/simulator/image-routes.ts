import { Hono } from 'hono';
import { z } from 'zod';
import { keyOf } from '../../text/random.js';
import { badRequest } from './chat-routes.js';
import { writeSimulatedPng } from './png.js';

const requestSchema = z.looseObject({
  prompt: z.string(),
  n: z.int().min(1).max(16).default(1),
  seed: z.int().default(0),
  response_format: z.enum(['b64_json', 'url']).default('url'),
});

/** The fields of `txt2img` that change a simulated picture. */
const webRequestSchema = z.looseObject({
  prompt: z.string().default(''),
  negative_prompt: z.string().default(''),
  /** -1 asks the server to draw one. */
  seed: z.int().min(-1).default(-1),
  batch_size: z.int().min(1).max(16).default(1),
  n_iter: z.int().min(1).max(16).default(1),
  steps: z.int().min(1).max(150).default(20),
  width: z.int().min(64).max(2048).default(512),
  height: z.int().min(64).max(2048).default(512),
});

/** Pictures of one pixel that say what they would show: OpenAI's images and the Stable Diffusion web API's `txt2img`. */
export function createImageRoutes(): Hono {
  const routes = new Hono();
  routes.post('/v1/images/generations', async (context) => {
    const request = requestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) return context.json(badRequest(z.prettifyError(request.error)), 400);
    const { prompt, n, seed, response_format: format } = request.data;
    const data = Array.from({ length: n }, (_, index) => {
      const png = writeSimulatedPng({ simulated: true, prompt, seed, index }).toString('base64');
      return format === 'b64_json' ? { b64_json: png } : { url: `data:image/png;base64,${png}` };
    });
    return context.json({ created: 0, model: 'simulated-images', data });
  });
  routes.post('/sdapi/v1/txt2img', async (context) => {
    const request = webRequestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) {
      // The form of FastAPI, which the web interface's servers are made with.
      const detail = request.error.issues.map(({ path, message }) => ({
        loc: ['body', ...path],
        msg: `simulated: ${message}`,
        type: 'value_error',
      }));
      return context.json({ detail }, 422);
    }
    const { prompt, batch_size: batchSize, n_iter: batchCount } = request.data;
    const seed = request.data.seed === -1 ? keyOf(prompt) : request.data.seed;
    // Each picture of a batch has the next seed.
    const seeds = Array.from({ length: batchSize * batchCount }, (_, index) => seed + index);
    const images = seeds.map((one) =>
      writeSimulatedPng({ simulated: true, prompt, seed: one, index: 0 }).toString('base64'),
    );
    const info = {
      simulated: true,
      prompt,
      all_prompts: seeds.map(() => prompt),
      seed,
      all_seeds: seeds,
      infotexts: seeds.map((one) => `${prompt}\nSeed: ${one}, Model: simulated`),
    };
    return context.json({ images, parameters: request.data, info: JSON.stringify(info) });
  });
  return routes;
}
