import { Hono } from 'hono';
import { z } from 'zod';
import { readCollectionRequest, type CollectionRequest } from '../instructions.js';
import type { Knowledge } from './knowledge.js';
import { readSimulatedPng } from './png.js';
import { type ChatMessageAnswer, type SimulatorEnvironment, spoilAnswer } from './faults.js';
import { subjectClause } from './subjects.js';
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
export function createChatRoutes(
  knowledge: () => Knowledge,
  seed: number,
): Hono<SimulatorEnvironment> {
  const routes = new Hono<SimulatorEnvironment>();
  routes.post('/v1/chat/completions', async (context) => {
    const request = requestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) return context.json(badRequest(z.prettifyError(request.error)), 400);
    const asked = readCollectionRequest(request.data.messages);
    const answerSeed = seed + request.data.seed;
    const text = asked && answer(asked, knowledge(), answerSeed);
    if (!asked || text === undefined) {
      return context.json(
        badRequest('the simulator answers the instructions of collection only'),
        400,
      );
    }
    const spoiling = context.get('spoiling');
    const { content, refusal, finishReason }: ChatMessageAnswer = spoiling
      ? spoilAnswer(text, spoiling, {
          serverSeed: seed,
          other: (place) => answerOther(asked, place, { knowledge: knowledge(), seed: answerSeed }),
        })
      : { content: text, finishReason: 'stop' };
    const promptTokens = Math.ceil(JSON.stringify(request.data.messages).length / 4);
    const completionTokens = Math.ceil((content ?? refusal ?? '').length / 4);
    const message = { role: 'assistant', content, ...(refusal === undefined ? {} : { refusal }) };
    return context.json({
      id: 'simulated',
      object: 'chat.completion',
      created: 0,
      model: 'simulated-chat',
      choices: [{ index: 0, message, finish_reason: finishReason }],
      usage: {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      },
    });
  });
  return routes;
}

function answer(asked: CollectionRequest, knowledge: Knowledge, seed: number): string | undefined {
  switch (asked.task) {
    case 'summarise':
      return summarise(asked.prompt, knowledge.tables.index, seed);
    case 'improve':
      return improve(asked.description, knowledge, seed);
    case 'caption': {
      const base64 = /^data:image\/png;base64,(.+)$/.exec(asked.imageUrl)?.[1];
      const image = base64 ? readSimulatedPng(Buffer.from(base64, 'base64')) : undefined;
      return image ? caption(image.prompt, knowledge.tables.index, seed) : undefined;
    }
  }
}

/** The answer to the same question about another of the bundled prompts. */
function answerOther(
  asked: CollectionRequest,
  place: number,
  { knowledge, seed }: { knowledge: Knowledge; seed: number },
): string {
  const { prompts } = knowledge.nearest;
  const { index } = knowledge.tables;
  const prompt = prompts[Math.floor(place * prompts.length)] ?? '';
  if (asked.task === 'improve') return improve(subjectClause(prompt, index), knowledge, seed);
  return (asked.task === 'caption' ? caption : summarise)(prompt, index, seed);
}

/** The body of an OpenAI-style refusal. */
export function badRequest(message: string): { error: { message: string; type: string } } {
  return { error: { message: `simulated: ${message}`, type: 'invalid_request_error' } };
}
