import { z } from 'zod';
import { about, OURS } from '../about.js';
import { costHasPrice, endpointFields } from './provider-endpoint.js';
import { simulatorSchema } from './simulator.js';

const answerAttempts = z
  .int()
  .min(0)
  .max(20)
  .default(2)
  .meta(
    about(
      'How often an answer is asked for again that is a refusal, cut, empty or off the format, before its row is put aside.',
      { unit: 'times', from: OURS },
    ),
  );

const side = (what: string) =>
  z
    .int()
    .min(64)
    .max(4096)
    .default(512)
    .meta(about(what, { unit: 'pixels', from: `${OURS}: what Stable Diffusion 1 draws` }));

const drawingSchema = z
  .strictObject({
    width: side('Width of a picture.'),
    height: side('Height of a picture.'),
    steps: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .meta(
        about('Sampling steps; `sdapi` only.', {
          unit: 'steps',
          from: `${OURS}, as the web interface`,
        }),
      ),
    sampler: z
      .string()
      .min(1)
      .default('Euler a')
      .meta(
        about('Sampler by the name the server lists; `sdapi` only.', {
          from: `${OURS}, as the web interface`,
        }),
      ),
    guidance: z
      .number()
      .min(0)
      .max(100)
      .default(7)
      .meta(
        about('Weight of classifier-free guidance (`cfg_scale`); `sdapi` only.', {
          unit: 'none',
          from: `${OURS}, as the web interface`,
        }),
      ),
  })
  .meta(about('How pictures are drawn.'));

const scoreModelName = (model: string, what: string) =>
  z
    .string()
    .regex(/^[\w.-]+$/, { error: 'letters, digits, `_`, `.` and `-` only' })
    .default(model)
    .meta(about(`Name of the model that gives ${what}.`, { from: OURS }));

const scoreModelsSchema = z
  .strictObject({
    pickscore: scoreModelName('pickscore', 'PickScore of (prompt, image)'),
    aesthetic: scoreModelName('aesthetic', 'the aesthetic score of an image'),
    hps: scoreModelName('hps', 'HPS of (prompt, image)'),
    clip: scoreModelName('clip', 'the CLIP score of (prompt, image)'),
  })
  .meta(about('Names of the models on the score server.'));

const chatSchema = (what: string) =>
  z
    .strictObject({ ...endpointFields, answerAttempts })
    .refine(...costHasPrice)
    .prefault({})
    .meta(about(what));

const imagesSchema = z
  .strictObject({
    ...endpointFields,
    protocol: z
      .enum(['openai', 'sdapi'])
      .default('openai')
      .meta(
        about(
          '`openai`: `/v1/images/generations`; `sdapi`: `/sdapi/v1/txt2img` of the Stable Diffusion web interface.',
          { from: `${OURS}: what the simulator speaks` },
        ),
      ),
    maxPerCall: z
      .int()
      .min(1)
      .max(16)
      .default(16)
      .meta(
        about(
          'Most pictures asked for in one call; 1 gives each picture a seed of its own on any server.',
          { unit: 'pictures', from: OURS },
        ),
      ),
    drawing: drawingSchema.prefault({}),
  })
  .refine(...costHasPrice)
  .prefault({})
  .meta(about('Text-to-image server.'));

const scoresSchema = z
  .strictObject({
    ...endpointFields,
    models: scoreModelsSchema.prefault({}),
    maxBatch: z
      .int()
      .min(1)
      .max(65_536)
      .default(1024)
      .meta(
        about('Most images in one inference request; a server of fixed batches refuses more.', {
          unit: 'images',
          from: OURS,
        }),
      ),
  })
  .refine(...costHasPrice)
  .prefault({})
  .meta(about('Open Inference Protocol v2: PickScore, aesthetic, HPS and CLIP scores.'));

export const providersSchema = z
  .strictObject({
    chat: chatSchema('OpenAI-compatible chat completions: summaries and improved prompts.'),
    captions: chatSchema('OpenAI-compatible chat completions with image input: captions.'),
    images: imagesSchema,
    scores: scoresSchema,
    simulator: simulatorSchema,
  })
  .meta(
    about(
      'Servers of others. Keys come from the environment (BURNISH_CHAT_API_KEY and so on), never from a recipe.',
    ),
  );
export type ProvidersSettings = z.infer<typeof providersSchema>;
export type ImagesSettings = ProvidersSettings['images'];
export type ScoresSettings = ProvidersSettings['scores'];
/** The servers of others: every part of the section but the simulator's own. */
export type ProviderName = Exclude<keyof ProvidersSettings, 'simulator'>;
