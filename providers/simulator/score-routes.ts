import { Hono } from 'hono';
import { z } from 'zod';
import { randomBits } from '../../text/random.js';
import { readSimulatedPng, type SimulatedImage } from './png.js';
import type { Scorer } from './scorer/scorer.js';

const tensorSchema = z.looseObject({
  name: z.string(),
  datatype: z.literal('BYTES'),
  shape: z.array(z.int().nonnegative()).min(1).max(2),
  data: z.array(z.string()),
});
const requestSchema = z.looseObject({ id: z.string().optional(), inputs: z.array(tensorSchema) });

/** Input tensors of each model. */
const MODELS: Record<string, string[]> = {
  pickscore: ['prompt', 'image'],
  aesthetic: ['image'],
  hps: ['prompt', 'image'],
  clip: ['prompt', 'image'],
};

/** Open Inference Protocol v2 (REST): health, metadata and inference of the scorers. */
export function createScoreRoutes(scorer: () => Scorer): Hono {
  const routes = new Hono();
  routes.get('/v2/health/live', (context) => context.json({ live: true }));
  routes.get('/v2/health/ready', (context) => context.json({ ready: true }));
  routes.get('/v2', (context) =>
    context.json({ name: 'burnish-simulator', version: 'simulated', extensions: [] }),
  );
  routes.get('/v2/models/:model', (context) => {
    const model = context.req.param('model');
    const inputs = MODELS[model];
    if (!inputs) return context.json({ error: `simulated: no model ${model}` }, 404);
    return context.json({
      name: model,
      versions: ['simulated'],
      platform: 'burnish-simulator',
      inputs: inputs.map((name) => ({ name, datatype: 'BYTES', shape: [-1] })),
      outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
    });
  });
  routes.post('/v2/models/:model/infer', async (context) => {
    const model = context.req.param('model');
    const names = MODELS[model];
    if (!names) return context.json({ error: `simulated: no model ${model}` }, 404);
    const request = requestSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!request.success) {
      return context.json({ error: `simulated: ${z.prettifyError(request.error)}` }, 400);
    }
    try {
      const columns = names.map((name) => readColumn(request.data.inputs, name));
      const data = score(scorer(), model, columns);
      return context.json({
        model_name: model,
        model_version: 'simulated',
        ...(request.data.id === undefined ? {} : { id: request.data.id }),
        outputs: [{ name: 'score', datatype: 'FP32', shape: [data.length], data }],
      });
    } catch (error) {
      if (!(error instanceof InputTensorError)) throw error;
      return context.json({ error: `simulated: ${error.message}` }, 400);
    }
  });
  return routes;
}

class InputTensorError extends Error {
  override readonly name = 'InputTensorError';
}

function readColumn(inputs: z.infer<typeof tensorSchema>[], name: string): string[] {
  const tensor = inputs.find((input) => input.name === name);
  if (!tensor) throw new InputTensorError(`expected an input tensor named ${name}`);
  const size = tensor.shape.reduce((product, length) => product * length, 1);
  if (size !== tensor.data.length) {
    throw new InputTensorError(
      `${name} has shape ${tensor.shape.join('x')} and ${tensor.data.length} values`,
    );
  }
  return tensor.data;
}

/** Scores of one column (image) or two (prompt, image), as 32-bit floats. */
function score(scorer: Scorer, model: string, columns: string[][]): number[] {
  const images = columns.at(-1)?.map(readImage) ?? [];
  const prompts = columns.length === 2 ? columns[0] : undefined;
  if (prompts && prompts.length !== images.length) {
    throw new InputTensorError(`${prompts.length} prompts and ${images.length} images`);
  }
  return images.map((image, row) => {
    const key = randomBits(image.seed, image.index);
    if (!prompts) return Math.fround(scorer.aesthetic(image.prompt, key));
    const x = prompts[row] ?? '';
    if (model === 'hps') return Math.fround(scorer.hps(x, image.prompt, key));
    if (model === 'clip') return Math.fround(scorer.clip(x, image.prompt, key));
    return Math.fround(scorer.pick(x, image.prompt, key));
  });
}

function readImage(text: string, row: number): SimulatedImage {
  const image = readSimulatedPng(
    Buffer.from(text.replace(/^data:image\/png;base64,/, ''), 'base64'),
  );
  if (!image) throw new InputTensorError(`image ${row} is no picture of this simulator's`);
  return image;
}
