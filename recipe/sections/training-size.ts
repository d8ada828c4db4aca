import { z } from 'zod';
import { about, CODE, OURS } from '../about.js';
import { relation } from '../relation.js';

const PEFT = `${OURS}, as PEFT has it`;

/** The matrices of a BLOOM block that can have an adapter, by PEFT's names. */
export const loraTargets = ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'] as const;

const loraSchema = z
  .strictObject({
    rank: z
      .int()
      .min(1)
      .max(1024)
      .default(8)
      .meta(about('Rank of the two factors, r.', { unit: 'none', from: PEFT })),
    alpha: z
      .number()
      .gt(0)
      .max(10_000)
      .default(8)
      .meta(
        about('The product of the factors is scaled by alpha / rank.', {
          unit: 'none',
          from: PEFT,
        }),
      ),
    targetModules: z
      .array(z.enum(loraTargets))
      .min(1)
      .default(['query_key_value'])
      .meta(
        about('Matrices of each block that get an adapter, by their names in PEFT.', {
          from: PEFT,
        }),
      ),
  })
  .meta(
    about(
      'Trains low-rank additions to the matrices instead of the weights, without dropout; the model is published merged, with the adapter in PEFT form in `adapter/`.',
      { from: `${CODE}: null, all weights are trained` },
    ),
  );
export type LoraSettings = z.infer<typeof loraSchema>;

/** Fields that fit a training into memory; spread into a stage's schema. */
export const trainingSizeFields = {
  gradientAccumulationSteps: z
    .int()
    .min(1)
    .max(4096)
    .default(1)
    .meta(
      about(
        'Parts that the rows of an optimiser step go through in, one after the other; memory falls, the step stays the same.',
        { unit: 'parts', from: OURS },
      ),
    ),
  recompute: z
    .boolean()
    .default(false)
    .meta(
      about(
        'Activation checkpointing: the backward pass computes each block again instead of keeping its inner results.',
        { from: OURS },
      ),
    ),
  trainTopBlocks: z
    .int()
    .min(1)
    .max(1024)
    .nullable()
    .default(null)
    .meta(
      about(
        'Train only this many of the last blocks, with the last norm and the head; the embedding and the blocks below stay as they are. null trains all.',
        { unit: 'blocks', from: OURS },
      ),
    ),
  lora: loraSchema.nullable().default(null),
};

/** Arguments of `.refine`: an optimiser step's rows fall into equal parts. */
export const equalParts = (
  field: 'batchSize' | 'minibatchSize',
): ReturnType<typeof relation<'gradientAccumulationSteps'>> =>
  relation(
    ['gradientAccumulationSteps', field],
    (values) => values[field] % values.gradientAccumulationSteps === 0,
    `must divide ${field}`,
  );

export interface TrainingSize {
  gradientAccumulationSteps: number;
  recompute: boolean;
  trainTopBlocks: number | null;
  lora: LoraSettings | null;
}
