import { z } from 'zod';
import { about, OURS } from '../about.js';

/** An `@` before the path: what stands ahead of it are a user and a password. */
const withoutUser = (url: string): boolean => !/^[^/]*\/\/[^/?#\\]*@/.test(url);

const ADDRESS = '`simulator` or an http(s) address';

const amount = (what: string) =>
  z
    .number()
    .min(0)
    .max(1e9)
    .default(0)
    .meta(about(what, { unit: 'currency units of your choice', from: OURS }));

const priceSchema = z
  .strictObject({
    perCall: amount('Price of one answered call.'),
    perImage: amount('Price of one picture drawn or scored.'),
    perMillionPromptTokens: amount('Price of a million tokens sent.'),
    perMillionCompletionTokens: amount('Price of a million tokens received.'),
  })
  .meta(about('What the server charges; the cost meter and the budget count in these units.'));

const budgetSchema = z
  .strictObject({
    calls: z
      .int()
      .min(0)
      .max(1e12)
      .nullable()
      .default(null)
      .meta(
        about('Answered calls a stage may make; null for no limit.', { unit: 'calls', from: OURS }),
      ),
    cost: z
      .number()
      .min(0)
      .max(1e12)
      .nullable()
      .default(null)
      .meta(
        about('Cost a stage may make, by the prices; null for no limit.', {
          unit: 'currency units of your choice',
          from: OURS,
        }),
      ),
  })
  .meta(about('Where spending stops, in each stage by itself.'));

const breakerSchema = z
  .strictObject({
    failures: z
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .meta(
        about('Attempts failed in a row (timeout, lost connection, 429, 5xx) that open it.', {
          unit: 'attempts',
          from: OURS,
        }),
      ),
    openSeconds: z
      .number()
      .gt(0)
      .max(3600)
      .default(10)
      .meta(
        about('How long it stays open before one request tries the server again.', {
          unit: 'seconds',
          from: OURS,
        }),
      ),
    giveUpSeconds: z
      .number()
      .gt(0)
      .max(86_400)
      .default(300)
      .meta(
        about(
          'After this long without an answer the calls that wait fail, and the activity with them.',
          {
            unit: 'seconds',
            from: OURS,
          },
        ),
      ),
  })
  .meta(about('Circuit breaker: a server that is down is left alone, and calls wait for it.'));

const spendingSchema = z.object({
  price: priceSchema.prefault({}),
  budget: budgetSchema.prefault({}),
});

/** What a recipe says of every server it asks. */
export const endpointFields = {
  url: z
    .union([z.literal('simulator'), z.url({ protocol: /^https?$/, error: ADDRESS })], {
      error: ADDRESS,
    })
    .refine((url) => url === 'simulator' || withoutUser(url), {
      error: 'an address without user and password: keys come from the environment',
    })
    .default('simulator')
    .meta(
      about('Address of the server; `simulator` is the offline stand-in.', {
        from: `${OURS}: works without a network`,
      }),
    ),
  model: z
    .string()
    .min(1)
    .default('simulator')
    .meta(about('Model name sent with each request.', { from: OURS })),
  timeoutSeconds: z
    .number()
    .gt(0)
    .max(3600)
    .default(60)
    .meta(about('Longest wait for one attempt.', { unit: 'seconds', from: OURS })),
  concurrency: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .meta(
      about('Requests in flight, over all workers of a run.', { unit: 'requests', from: OURS }),
    ),
  requestsPerMinute: z
    .number()
    .gt(0)
    .max(6_000_000)
    .default(60_000)
    .meta(
      about('Rate limit over all workers of a run; the simulator is asked without one.', {
        unit: 'requests a minute',
        from: OURS,
      }),
    ),
  tokensPerMinute: z
    .number()
    .gt(0)
    .max(1e12)
    .nullable()
    .default(null)
    .meta(
      about(
        'Limit of tokens sent and received, estimated before and corrected by the answer; null for none. The simulator is asked without one.',
        { unit: 'tokens a minute', from: OURS },
      ),
    ),
  maxAttempts: z
    .int()
    .min(1)
    .max(20)
    .default(5)
    .meta(
      about('Attempts after timeouts, lost connections, 429 and 5xx; other answers are final.', {
        unit: 'attempts',
        from: OURS,
      }),
    ),
  ...spendingSchema.shape,
  breaker: breakerSchema.prefault({}),
};
export type Price = z.infer<typeof priceSchema>;

/** Arguments of `.refine`: a limit of cost that no call can come near would stop nothing. */
export const costHasPrice: [
  (value: unknown) => boolean,
  { path: PropertyKey[]; error: string; when: () => boolean },
] = [
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
