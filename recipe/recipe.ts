import { z } from 'zod';
import { CODE, field, flag, int, intOrNull, number, OURS, relation, section, text } from './fields.js';
import { collectSchema } from './sections/collect.js';
import { evaluateSchema, nameSchema, publishSchema } from './sections/evaluate.js';
import { ppoSchema } from './sections/ppo.js';
import { providersSchema } from './sections/providers.js';
import { aestheticRewardSchema, fineTuneSchema, labelRewardsSchema, pickRewardSchema, pretrainSchema } from './sections/training.js';
import { Stage } from './stage.js';

/** Text around a description, whose place is {x}. */
export const templateSchema = z.string().refine((text) => text.split('{x}').length === 2, 'must hold {x} exactly once');

const modelSchema = section('What the policy starts from.', {
  base: field(
    'Hugging Face BLOOM folder to start from: `bundled:NAME`, a path, or s3://bucket/prefix. Unused when `pretrain` is given.',
    text('bundled:base', `${OURS}: the small model that comes with Burnish; ${CODE} has bigscience/bloom-1b1`),
  ),
  template: field(
    'One template for training, PPO, evaluation and serving; {x} is the description, the target follows after one space; at most 128 tokens.',
    { schema: templateSchema.default('Input: {x}\nOutput:'), from: `${OURS}: 16 tokens shorter than that of ${CODE}` },
  ),
  adapter: field('Folder with a LoRA adapter in PEFT form that is merged into the base before anything else: a path; null is none.', {
    schema: z.string().min(1).nullable().default(null),
    from: OURS,
  }),
});

/** How training is cut into segments and checkpoints; `compute` of a stage is how TensorFlow runs it. */
const workDivisionSchema = section('How work is cut; does not change results.', {
  segmentSeconds: field('Length of a training segment, which is one activity.', number(3600, [1, 86_400], 'seconds', OURS)),
  checkpointSeconds: field('Time between checkpoints inside a segment: what a crash can cost.', number(300, [1, 86_400], 'seconds', OURS)),
  keepCheckpoints: field('Newest checkpoints kept of each stage.', int(2, [1, 1000], 'checkpoints', OURS)),
  keepCheckpointEvery: field(
    'Of every so many steps the first checkpoint at or past them is kept too, for good; null keeps none.',
    intOrNull(null, [1, 1_000_000_000], 'steps', OURS),
  ),
  keepBestCheckpoint: field(
    'Keep the best checkpoint too: the lowest validation loss of a language model, the lowest validation error of a reward model, the highest mean score of a policy.',
    flag(false, OURS),
  ),
  generateBatchSize: field('Texts generated side by side.', int(64, [1, 4096], 'texts', OURS)),
}).refine(
  ...relation(
    ['checkpointSeconds', 'segmentSeconds'],
    ({ checkpointSeconds, segmentSeconds }) => checkpointSeconds <= segmentSeconds,
    'must be at most segmentSeconds',
  ),
);

/** The section of each stage, in the order in which the stages run. */
const stageSections = {
  collect: collectSchema.prefault({}),
  pretrain: pretrainSchema.nullable().default(null),
  fineTune: fineTuneSchema.prefault({}),
  labelRewards: labelRewardsSchema.prefault({}),
  pickReward: pickRewardSchema.prefault({}),
  aestheticReward: aestheticRewardSchema.prefault({}),
  optimizePolicy: ppoSchema.prefault({}),
  evaluate: evaluateSchema.prefault({}),
  publish: publishSchema.prefault({}),
} satisfies Record<Stage, z.ZodType>;

/** What to run; one YAML file. */
export const recipeSchema = section('A Burnish recipe: what to run.', {
  $schema: field('Address of the JSON Schema, for editors.', { schema: z.string().optional() }),
  name: field('Name of the recipe; part of workflow ids.', { schema: nameSchema }),
  seed: field('Keys every random number of the run.', int(42, [0, 2 ** 31 - 1], 'none', CODE)),
  model: modelSchema.prefault({}),
  ...stageSections,
  providers: providersSchema.prefault({}),
  compute: workDivisionSchema.prefault({}),
  stopAfter: field('Last stage to run; null runs all of them. A run that stops early publishes nothing.', {
    schema: z.enum(Stage).exclude([Stage.publish]).nullable().default(null),
    from: OURS,
  }),
  force: field('Run every stage again and reuse nothing.', flag(false, OURS)),
}).refine((recipe) => recipe.stopAfter !== Stage.pretrain || recipe.pretrain !== null, {
  path: ['stopAfter'],
  error: 'needs a section `pretrain`',
});
export type Recipe = z.infer<typeof recipeSchema>;

/** The JSON Schema of a recipe as people write it: fields with a default may be left out. */
export function recipeJsonSchema(): JsonSchema {
  return z.toJSONSchema(recipeSchema, { io: 'input' }) as JsonSchema;
}

/** The parts of a JSON Schema node that recipes use. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  'x-meaning'?: string;
  'x-unit'?: string;
  'x-from'?: string;
}
