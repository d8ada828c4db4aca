import type { SizeName } from './sizes.js';

/** What one call measured itself, seconds by name; without it the whole call counts. */
export type Parts = Record<string, number>;

export interface Workload {
  run(): Parts | undefined | Promise<Parts | undefined>;
}

export interface WorkloadPlace {
  size: SizeName;
  /** For graphs, models and checkpoints; kept between runs. */
  folder: string;
}
