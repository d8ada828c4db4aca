import { parseArgs } from 'node:util';
import type { RecipeSize } from './chaos-recipe.js';

/** Name of the run of two pipelines at once among the faults. */
export const pairName = 'pair';

/** What `npm run chaos` was asked for. */
export interface ChaosOptions {
  seeds: number[];
  kills: number;
  /** Names of the other faults. */
  faults: string[];
  outageSeconds: number;
  size: RecipeSize;
  limitMs: number;
  keep: boolean;
  /** Title of the part of docs/results/chaos.md to write; empty: none. */
  write: string;
}

/** How `npm run chaos` is used; `faults` are the names of all faults besides kills. */
export const chaosUsage = (faults: readonly string[]): string => `npm run chaos -- [options]
  --seed 7             a run with the faults of this seed; may be repeated
  --seeds 1,2,3        a run for each
  --kills 20           kills with -9 in each run
  --faults all         the other faults, each once a run: all, none, or some of
                       ${faults.join(', ')};
                       ${pairName} is one more run, of two pipelines at once
  --outage-seconds 20  how long the outages of Temporal and S3 last
  --recipe whole       whole (about a minute of work on two free cores) or short
  --limit-minutes 60   a run that has not ended by then has failed
  --keep               keep all folders and logs; those of runs with problems are kept anyway
  --write TITLE        write this part of docs/results/chaos.md
`;

/** The options of a command line; `undefined` when it is wrong or asks for help. */
export function readChaosOptions(
  commandLine: readonly string[],
  faults: readonly string[],
): ChaosOptions | undefined {
  try {
    const { values } = parseArgs({ args: [...commandLine], options: parameters });
    const seeds = [...values.seed, ...values.seeds.split(',').filter(Boolean)].map(Number);
    const [kills = 0, outageSeconds = 0, minutes = 0] = [
      values.kills,
      values['outage-seconds'],
      values['limit-minutes'],
    ].map(Number);
    const all = [...faults, pairName];
    const chosen = { all, none: [] }[values.faults] ?? values.faults.split(',');
    const isRight =
      [...seeds, kills, outageSeconds, minutes].every((n) => Number.isInteger(n) && n >= 0) &&
      chosen.every((name) => all.includes(name)) &&
      ['whole', 'short'].includes(values.recipe) &&
      !values.help;
    if (!isRight) return undefined;
    return {
      seeds: seeds.length === 0 ? [7] : seeds,
      kills,
      faults: chosen,
      outageSeconds,
      size: values.recipe as RecipeSize,
      limitMs: minutes * 60_000,
      keep: values.keep,
      write: values.write,
    };
  } catch {
    return undefined;
  }
}

const parameters = {
  seed: { type: 'string', multiple: true, default: [] as string[] },
  seeds: { type: 'string', default: '' },
  kills: { type: 'string', default: '20' },
  faults: { type: 'string', default: 'all' },
  'outage-seconds': { type: 'string', default: '20' },
  recipe: { type: 'string', default: 'whole' },
  'limit-minutes': { type: 'string', default: '60' },
  keep: { type: 'boolean', default: false },
  write: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;
