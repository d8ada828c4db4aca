import { z } from 'zod';
import { ppoSchema } from '../../recipe/sections/ppo.js';

/** The recipe's section for PPO, and the template of the model. */
export const ppoSettingsSchema = ppoSchema.extend({ template: z.string() });
export type PpoJobSettings = z.infer<typeof ppoSettingsSchema>;
