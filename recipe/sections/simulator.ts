import { z } from 'zod';
import { about, OURS } from '../about.js';
import { relation } from '../relation.js';

const share = (what: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta(about(what, { unit: 'none', from: OURS }));

const milliseconds = (what: string) =>
  z
    .number()
    .min(0)
    .max(600_000)
    .default(0)
    .meta(about(what, { unit: 'milliseconds', from: OURS }));

/** Arguments of `.refine` for shares of one whole. */
const partsOfOne = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  relation(
    names,
    (shares) => names.reduce((sum, name) => sum + shares[name], 0) <= 1,
    'must not sum to more than 1 with the shares beside it',
  );

const latencySchema = z
  .strictObject({
    medianMs: milliseconds('Median time until an answer; 0 answers at once.'),
    p95Ms: milliseconds(
      'Time within which 95 % of the answers come; the distribution is log-normal.',
    ),
  })
  .refine(
    ...relation(
      ['p95Ms', 'medianMs'],
      ({ medianMs, p95Ms }) => p95Ms >= medianMs && (medianMs > 0 || p95Ms === 0),
      'must be at least medianMs, and 0 where that is 0',
    ),
  )
  .prefault({})
  .meta(about('How long the simulator takes.'));

const transportSchema = z
  .strictObject({
    tooManyRequests: share('Share of requests answered 429 with Retry-After.'),
    retryAfterSeconds: z
      .number()
      .min(0)
      .max(3600)
      .default(1)
      .meta(about('What Retry-After says.', { unit: 'seconds', from: OURS })),
    serverError: share('Share of requests answered 500.'),
    hang: share('Share of requests never answered.'),
    cutConnection: share('Share of requests whose connection closes before the answer.'),
    cutBody: share('Share of requests whose connection closes in the middle of the answer.'),
    invalidJson: share('Share of answers that are not JSON.'),
  })
  .refine(
    ...partsOfOne([
      'tooManyRequests',
      'serverError',
      'hang',
      'cutConnection',
      'cutBody',
      'invalidJson',
    ]),
  )
  .prefault({})
  .meta(
    about(
      'Faults of the wire, which pass: drawn by the seed, the request and how often it failed so before, so that a retry can succeed.',
    ),
  );

const contentSchema = z
  .strictObject({
    refusal: share('Share of chat answers that refuse.'),
    otherLanguage: share('Share of chat answers in another language.'),
    duplicate: share("Share of chat answers that are another row's."),
    empty: share('Share of chat answers without a text.'),
    cut: share('Share of chat answers cut short, with `finish_reason: length`.'),
    offFormat: share('Share of chat answers with a preamble, as a list or in Markdown.'),
  })
  .refine(...partsOfOne(['refusal', 'otherLanguage', 'duplicate', 'empty', 'cut', 'offFormat']))
  .prefault({})
  .meta(
    about(
      'Faults of the answers, which stay: drawn by the seed and the request, so that the same request always gets the same answer.',
    ),
  );

/** `providers.simulator`: how the offline stand-in misbehaves; sent along with each request to it, and to nobody else. */
export const simulatorSchema = z
  .strictObject({
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .meta(about('Seed of the faults.', { unit: 'none', from: OURS })),
    latency: latencySchema,
    transport: transportSchema,
    content: contentSchema,
  })
  .prefault({})
  .meta(
    about(
      'How the simulator misbehaves towards this recipe, to try out what real servers do; without effect on other providers.',
    ),
  );
export type SimulatorSettings = z.infer<typeof simulatorSchema>;
