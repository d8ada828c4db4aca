import { z } from 'zod';

/** Text around a description, whose place is {x}. */
export const templateSchema = z
  .string()
  .refine((text) => text.split('{x}').length === 2, 'must hold {x} exactly once');
