import { z } from 'zod';
import { about, OURS } from '../about.js';

/** How TensorFlow runs a stage's graphs; no default changes a number. */
export const computeSchema = z
  .strictObject({
    precision: z
      .enum(['float32', 'bfloat16'])
      .default('float32')
      .meta(
        about(
          'Type in which matrices are multiplied. With bfloat16 weights, sums, softmax, norms and the optimiser stay float32; on a CPU it pays only with AVX512_BF16 or AMX, so measure first.',
          { from: `${OURS}: exact` },
        ),
      ),
    xla: z
      .boolean()
      .default(false)
      .meta(
        about(
          "Have TensorFlow's XLA compile the optimiser steps; the first step then takes seconds to minutes, and on CPUs later ones are often slower.",
          { from: `${OURS}: faster on GPUs only` },
        ),
      ),
    kernels: z
      .boolean()
      .default(true)
      .meta(
        about(
          "On a CPU, use Burnish's own operations for decoding, layer norms, GELU, attention's softmax and cross-entropy. They are faster and round otherwise than TensorFlow's.",
          { from: OURS },
        ),
      ),
    device: z
      .string()
      .regex(/^(auto|cpu|gpu:\d+)$/, 'expected auto, cpu or gpu:<number>')
      .default('auto')
      .meta(
        about('Where the graphs run: auto leaves it to TensorFlow, else cpu or gpu:<number>.', {
          from: OURS,
        }),
      ),
  })
  .meta(about("How TensorFlow runs the stage's graphs; threads are BURNISH_THREADS."));

export type ComputeSettings = z.infer<typeof computeSchema>;
