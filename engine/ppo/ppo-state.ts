import { z } from 'zod';
import { policySampleSchema } from '../../contracts/records.js';
import { runningMomentsSchema } from './running-moments.js';

/** What a PPO checkpoint holds besides tensors and metrics; nothing else is needed to go on. */
export const ppoStateSchema = z.object({
  stepIndex: z.int().nonnegative(),
  /** Optimiser steps so far: fewer than planned when passes ended early. */
  updateCount: z.int().nonnegative(),
  klCoefficient: z.number(),
  moments: runningMomentsSchema,
  samples: z.array(policySampleSchema),
});
export type PpoState = z.infer<typeof ppoStateSchema>;
