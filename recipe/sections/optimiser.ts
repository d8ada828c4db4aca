import { z } from 'zod';
import { computeSchema } from './compute.js';
import { about, CODE, OURS, type FieldNotes } from '../about.js';
import { guardSchema } from './guard.js';

/** Where a default comes from; its other notes are the same wherever the field is used. */
type From = NonNullable<FieldNotes['from']>;

type NumberField = z.ZodDefault<z.ZodNumber>;
type CountField = z.ZodDefault<z.ZodInt>;

/** Peak learning rate of a stage. */
export const learningRate = (value: number, from: From): NumberField =>
  z
    .number()
    .gt(0)
    .max(0.1)
    .default(value)
    .meta(about('Peak learning rate of AdamW.', { unit: 'none', from }));

/** Decoupled weight decay of a stage. */
export const weightDecay = (value: number, from: From): NumberField =>
  z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .meta(about('Decoupled weight decay; not on biases and norms.', { unit: 'none', from }));

/** Share of the peak rate at which a stage's cosine ends. */
export const finalShare = (value: number, from: From): NumberField =>
  z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .meta(about('The cosine ends at this share of the peak rate.', { unit: 'none', from }));

/** Rows of one optimiser step. */
export const batchSize = (value: number, from: From): CountField =>
  z
    .int()
    .min(1)
    .max(4096)
    .default(value)
    .meta(about('Rows of one optimiser step.', { unit: 'rows', from }));

/** Longest row of a stage. */
export const maxTokens = (value: number, meaning: string, from: From): CountField =>
  z
    .int()
    .min(16)
    .max(8192)
    .default(value)
    .meta(about(meaning, { unit: 'tokens', from }));

/** Passes over a stage's rows. */
export const epochs = (value: number, from: From): NumberField =>
  z
    .number()
    .gt(0)
    .max(100)
    .default(value)
    .meta(about('Passes over the training rows; may be a fraction.', { unit: 'passes', from }));

/** Fields of every AdamW run; spread into a stage's schema. */
export const optimiserFields = {
  weightDecay: weightDecay(0, CODE),
  adamBeta1: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .meta(about("Decay of AdamW's first moment.", { unit: 'none', from: CODE })),
  adamBeta2: z
    .number()
    .min(0)
    .lt(1)
    .default(0.95)
    .meta(about("Decay of AdamW's second moment.", { unit: 'none', from: CODE })),
  adamEpsilon: z
    .number()
    .gt(0)
    .max(1e-2)
    .default(1e-8)
    .meta(about("Added to the root of AdamW's second moment.", { unit: 'none', from: CODE })),
  clipNorm: z
    .number()
    .gt(0)
    .max(1e6)
    .default(1)
    .meta(about('Gradients are scaled down to this global norm.', { unit: 'none', from: CODE })),
  warmupShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.03)
    .meta(about('Share of the steps in which the rate rises.', { unit: 'none', from: CODE })),
  finalShare: finalShare(0.1, `${OURS}; ${CODE} ends at 0`),
  guard: guardSchema.prefault({}),
  compute: computeSchema.prefault({}),
};
