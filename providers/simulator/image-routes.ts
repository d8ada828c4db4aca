import { Hono } from 'hono';
import { z } from 'zod';
import { badRequest } from './chat-routes.js';
import { writeSimulatedPng } from './png.js';

const requestSchema = z.looseObject({
  prompt: z.string(),
  n: z.int().min(1).max(16).default(1),
  seed: z.int().default(0),
  response_format: z.enum(['b64_json', 'url']).default('url'),
});

/** OpenAI-compatible image generations: pictures of one pixel that say what they would show. */
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
  return routes;
}
