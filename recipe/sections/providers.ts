import { z } from 'zod';
import {
  above,
  choice,
  field,
  int,
  intOrNull,
  number,
  numberOrNull,
  openSection,
  OURS,
  relation,
  type Rule,
  section,
  share,
  text,
} from '../fields.js';

/** False where an `@` stands before the path: ahead of it are a user and a password. */
const withoutUser = (url: string): boolean => !/^[^/]*\/\/[^/?#\\]*@/.test(url);

const ADDRESS = '`simulator` or an http(s) address';

const amount = (what: string) => field(what, number(0, [0, 1e9], 'currency units of your choice', OURS));

const priceSchema = section('What the server charges; the cost meter and the budget count in these units.', {
  perCall: amount('Price of one answered call.'),
  perImage: amount('Price of one picture drawn or scored.'),
  perMillionPromptTokens: amount('Price of a million tokens sent.'),
  perMillionCompletionTokens: amount('Price of a million tokens received.'),
});

const budgetSchema = section('Where spending stops, in each stage by itself.', {
  calls: field('Answered calls a stage may make; null for no limit.', intOrNull(null, [0, 1e12], 'calls', OURS)),
  cost: field(
    'Cost a stage may make, by the prices; null for no limit.',
    numberOrNull(null, [0, 1e12], 'currency units of your choice', OURS),
  ),
});

const breakerSchema = section('Circuit breaker: a server that is down is left alone, and calls wait for it.', {
  failures: field('Attempts failed in a row (timeout, lost connection, 429, 5xx) that open it.', int(20, [1, 10_000], 'attempts', OURS)),
  openSeconds: field('How long it stays open before one request tries the server again.', number(10, [above(0), 3600], 'seconds', OURS)),
  giveUpSeconds: field(
    'After this long without an answer the calls that wait fail, and the activity with them.',
    number(300, [above(0), 86_400], 'seconds', OURS),
  ),
});

const spendingSchema = z.object({ price: priceSchema.prefault({}), budget: budgetSchema.prefault({}) });

/** What a recipe says of every server it asks. */
const endpointFields = {
  url: field('Address of the server; `simulator` is the offline stand-in.', {
    schema: z
      .union([z.literal('simulator'), z.url({ protocol: /^https?$/, error: ADDRESS })], { error: ADDRESS })
      .refine((url) => url === 'simulator' || withoutUser(url), {
        error: 'an address without user and password: keys come from the environment',
      })
      .default('simulator'),
    from: `${OURS}: works without a network`,
  }),
  model: field('Model name sent with each request.', text('simulator', OURS)),
  timeoutSeconds: field('Longest wait for one attempt.', number(60, [above(0), 3600], 'seconds', OURS)),
  concurrency: field('Requests in flight, over all workers of a run.', int(64, [1, 10_000], 'requests', OURS)),
  requestsPerMinute: field(
    'Rate limit over all workers of a run; the simulator is asked without one.',
    number(60_000, [above(0), 6_000_000], 'requests a minute', OURS),
  ),
  tokensPerMinute: field(
    'Limit of tokens sent and received, estimated before and corrected by the answer; null for none. The simulator is asked without one.',
    numberOrNull(null, [above(0), 1e12], 'tokens a minute', OURS),
  ),
  maxAttempts: field('Attempts after timeouts, lost connections, 429 and 5xx; other answers are final.', int(5, [1, 20], 'attempts', OURS)),
  ...spendingSchema.shape,
  breaker: breakerSchema.prefault({}),
};
export type Price = z.infer<typeof priceSchema>;

/** Arguments of `.refine`: a limit of cost that no call can come near would stop nothing. */
const costHasPrice: Rule = [
  (value: unknown): boolean => {
    const endpoint = spendingSchema.safeParse(value);
    if (!endpoint.success || endpoint.data.budget.cost === null) return true;
    return Object.values(endpoint.data.price).some((price) => price > 0);
  },
  {
    path: ['budget', 'cost'],
    error: 'needs a price above 0 in `price`: without one nothing costs anything',
    when: () => true,
  },
];

const faultShare = (what: string) => field(what, share(0, OURS));

const milliseconds = (what: string) => field(what, number(0, [0, 600_000], 'milliseconds', OURS));

/** Arguments of `.refine` for shares of one whole. */
const partsOfOne = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  relation(
    names,
    (shares) => names.reduce((sum, name) => sum + shares[name], 0) <= 1,
    'must not sum to more than 1 with the shares beside it',
  );

const latencySchema = openSection(
  'How long the simulator takes.',
  {
    medianMs: milliseconds('Median time until an answer; 0 answers at once.'),
    p95Ms: milliseconds('Time within which 95 % of the answers come; the distribution is log-normal.'),
  },
  relation(
    ['p95Ms', 'medianMs'],
    ({ medianMs, p95Ms }) => p95Ms >= medianMs && (medianMs > 0 || p95Ms === 0),
    'must be at least medianMs, and 0 where that is 0',
  ),
);

const transportSchema = openSection(
  'Faults of the wire, which pass: drawn by the seed, the request and how often it failed so before, so that a retry can succeed.',
  {
    tooManyRequests: faultShare('Share of requests answered 429 with Retry-After.'),
    retryAfterSeconds: field('What Retry-After says.', number(1, [0, 3600], 'seconds', OURS)),
    serverError: faultShare('Share of requests answered 500.'),
    hang: faultShare('Share of requests never answered.'),
    cutConnection: faultShare('Share of requests whose connection closes before the answer.'),
    cutBody: faultShare('Share of requests whose connection closes in the middle of the answer.'),
    invalidJson: faultShare('Share of answers that are not JSON.'),
  },
  partsOfOne(['tooManyRequests', 'serverError', 'hang', 'cutConnection', 'cutBody', 'invalidJson']),
);

const contentSchema = openSection(
  'Faults of the answers, which stay: drawn by the seed and the request, so that the same request always gets the same answer.',
  {
    refusal: faultShare('Share of chat answers that refuse.'),
    otherLanguage: faultShare('Share of chat answers in another language.'),
    duplicate: faultShare("Share of chat answers that are another row's."),
    empty: faultShare('Share of chat answers without a text.'),
    cut: faultShare('Share of chat answers cut short, with `finish_reason: length`.'),
    offFormat: faultShare('Share of chat answers with a preamble, as a list or in Markdown.'),
  },
  partsOfOne(['refusal', 'otherLanguage', 'duplicate', 'empty', 'cut', 'offFormat']),
);

/** `providers.simulator`: how the offline stand-in misbehaves; sent along with each request to it, and to no other provider. */
export const simulatorSchema = openSection(
  'How the simulator misbehaves towards this recipe, to try out what real servers do; without effect on other providers.',
  {
    seed: field('Seed of the faults.', int(1, [0, 2 ** 31 - 1], 'none', OURS)),
    latency: latencySchema,
    transport: transportSchema,
    content: contentSchema,
  },
);
export type SimulatorSettings = z.infer<typeof simulatorSchema>;

const answerAttempts = field(
  'How often an answer is asked for again that is a refusal, cut, empty or off the format, before its row is put aside.',
  int(2, [0, 20], 'times', OURS),
);

const side = (what: string) => field(what, int(512, [64, 4096], 'pixels', `${OURS}: what Stable Diffusion 1 draws`));

const drawingSchema = section('How pictures are drawn.', {
  width: side('Width of a picture.'),
  height: side('Height of a picture.'),
  steps: field('Sampling steps; `sdapi` only.', int(20, [1, 1000], 'steps', `${OURS}, as the web interface`)),
  sampler: field('Sampler by the name the server lists; `sdapi` only.', text('Euler a', `${OURS}, as the web interface`)),
  guidance: field(
    'Weight of classifier-free guidance (`cfg_scale`); `sdapi` only.',
    number(7, [0, 100], 'none', `${OURS}, as the web interface`),
  ),
});

const scoreModelName = (model: string, what: string) =>
  field(`Name of the model that gives ${what}.`, {
    schema: z
      .string()
      .regex(/^[\w.-]+$/, { error: 'letters, digits, `_`, `.` and `-` only' })
      .default(model),
    from: OURS,
  });

const scoreModelsSchema = section('Names of the models on the score server.', {
  pickscore: scoreModelName('pickscore', 'PickScore of (prompt, image)'),
  aesthetic: scoreModelName('aesthetic', 'the aesthetic score of an image'),
  hps: scoreModelName('hps', 'HPS of (prompt, image)'),
  clip: scoreModelName('clip', 'the CLIP score of (prompt, image)'),
});

const chatSchema = (what: string) => openSection(what, { ...endpointFields, answerAttempts }, costHasPrice);

const imagesSchema = openSection(
  'Text-to-image server.',
  {
    ...endpointFields,
    protocol: field(
      '`openai`: `/v1/images/generations`; `sdapi`: `/sdapi/v1/txt2img` of the Stable Diffusion web interface.',
      choice(['openai', 'sdapi'], 'openai', `${OURS}: what the simulator speaks`),
    ),
    maxPerCall: field(
      'Most pictures asked for in one call; 1 gives each picture a seed of its own on any server.',
      int(16, [1, 16], 'pictures', OURS),
    ),
    drawing: drawingSchema.prefault({}),
  },
  costHasPrice,
);

const scoresSchema = openSection(
  'Open Inference Protocol v2: PickScore, aesthetic, HPS and CLIP scores.',
  {
    ...endpointFields,
    models: scoreModelsSchema.prefault({}),
    maxBatch: field(
      'Most images in one inference request; a server of fixed batches refuses more.',
      int(1024, [1, 65_536], 'images', OURS),
    ),
  },
  costHasPrice,
);

export const providersSchema = section(
  'Servers of others. Keys come from the environment (BURNISH_CHAT_API_KEY and so on), never from a recipe.',
  {
    chat: chatSchema('OpenAI-compatible chat completions: summaries and improved prompts.'),
    captions: chatSchema('OpenAI-compatible chat completions with image input: captions.'),
    images: imagesSchema,
    scores: scoresSchema,
    simulator: simulatorSchema,
  },
);
export type ProvidersSettings = z.infer<typeof providersSchema>;
export type ImagesSettings = ProvidersSettings['images'];
export type ScoresSettings = ProvidersSettings['scores'];
/** The servers of others: every part of the section but the simulator's own. */
export type ProviderName = Exclude<keyof ProvidersSettings, 'simulator'>;
