import { z } from 'zod';
import { CODE, field, flag, int, OURS, PAPER, section, share } from '../fields.js';
import { samplingSchema } from './ppo.js';

/** A name that can stand in an id or a file name. */
export const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63');

export const evaluateSchema = section('Methods side by side on held-out descriptions.', {
  prompts: field(
    'Descriptions from the test split, or as many as it has.',
    int(200, [8, 100_000], 'descriptions', `${OURS}; ${PAPER} has 2,000`),
  ),
  sampling: samplingSchema.prefault({}),
  imagesPerPrompt: field('Pictures averaged into one score.', int(4, [1, 16], 'pictures', `${OURS}; ${CODE} has 1`)),
  bootstrapResamples: field(
    'Resamples behind each 95 % interval.',
    int(2000, [100, 100_000], 'resamples', `${OURS}; ${PAPER} has no intervals`),
  ),
  tailModifiers: field(
    'Modifiers in the fixed tail of the strong baseline.',
    int(5, [1, 20], 'modifiers', `${OURS}, from a study of small models`),
  ),
});
export type EvaluateSettings = z.infer<typeof evaluateSchema>;

export const publishSchema = section('Where the policy goes.', {
  name: field('Name of the model; its versions are `<name>-<n>`.', {
    schema: nameSchema.default('burnish'),
    from: OURS,
  }),
  alias: field('Alias moved to the new version; null moves none.', {
    schema: nameSchema.nullable().default('production'),
    from: OURS,
  }),
  requireApproval: field('Wait for the update `approve` before publishing.', flag(false, OURS)),
  minContentKept: field('The alias is not moved when the policy keeps less of the descriptions.', share(0, `${OURS} (off)`)),
  maxContentLoss: field(
    'The alias is not moved when PPO keeps less content than the fine-tuned model by more than this.',
    share(1, `${OURS} (off)`),
  ),
});
export type PublishSettings = z.infer<typeof publishSchema>;
