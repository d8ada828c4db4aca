import { Hono } from 'hono';
import { z } from 'zod';
import { readCollectionRequest } from '../instructions.js';
import type { Knowledge } from './knowledge.js';
import { readSimulatedPng } from './png.js';
import { caption, improve, summarise } from './writer.js';

const requestSchema = z.looseObject({
  model: z.string(),
  messages: z
    .array(
      z.object({
        role: z.enum(['system', 'user', 'assistant']),
        content: z.union([
          z.string(),
          z.array(
            z.discriminatedUnion('type', [
              z.object({ type: z.literal('text'), text: z.string() }),
              z.object({
                type: z.literal('image_url'),
                image_url: z.object({ url: z.string() }),
              }),
            ]),
          ),
        ]),
      }),
    )
    .min(1),
  seed: z.int().default(0),
});

/** OpenAI-compatible chat completions: summaries, improved prompts and captions by rule. */
export function createChatRoutes(knowledge: () => Knowledge, seed: number): Hono {
  const routes = new Hono();
  routes.post('/v1/chat/completions', async (context) => {
    const request = requestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) return context.json(badRequest(z.prettifyError(request.error)), 400);
    const text = answer(request.data, knowledge(), seed);
    if (text === undefined) {
      return context.json(
        badRequest('the simulator answers the instructions of collection only'),
        400,
      );
    }
    const promptTokens = Math.ceil(JSON.stringify(request.data.messages).length / 4);
    const completionTokens = Math.ceil(text.length / 4);
    return context.json({
      id: 'simulated',
      object: 'chat.completion',
      created: 0,
      model: 'simulated-chat',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      },
    });
  });
  return routes;
}

function answer(
  request: z.infer<typeof requestSchema>,
  knowledge: Knowledge,
  serverSeed: number,
): string | undefined {
  const asked = readCollectionRequest(request.messages);
  const seed = serverSeed + request.seed;
  switch (asked?.task) {
    case 'summarise':
      return summarise(asked.prompt, knowledge.tables.index, seed);
    case 'improve':
      return improve(asked.description, knowledge, seed);
    case 'caption': {
      const base64 = /^data:image\/png;base64,(.+)$/.exec(asked.imageUrl)?.[1];
      const image = base64 ? readSimulatedPng(Buffer.from(base64, 'base64')) : undefined;
      return image ? caption(image.prompt, knowledge.tables.index, seed) : undefined;
    }
    case undefined:
      return undefined;
  }
}

/** The body of an OpenAI-style refusal. */
export function badRequest(message: string): { error: { message: string; type: string } } {
  return { error: { message: `simulated: ${message}`, type: 'invalid_request_error' } };
}
