/** `npm run chaos`: breaks whole pipelines in every way it knows and compares what they compute with an undisturbed run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chaosRecipe, checkpointSeconds } from './chaos-recipe.js';
import { runDisturbed, type DisturbedRun } from './disturbed.js';
import { planFaults } from './fault-plan.js';
import { kills, otherFaults } from './faults.js';
import { chaosUsage, pairName, readChaosOptions, type ChaosOptions } from './options.js';
import { faultLine, renderFaults, summarise } from './outcome-table.js';
import { runTwoPipelines } from './two-pipelines.js';
import { createUndisturbedRuns, type Undisturbed } from './undisturbed.js';
import { writeResults } from './write-results.js';

/** One pipeline for every seed: seeds choose faults, not data. */
const recipeSeed = 7;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the seeds one after the other, then two pipelines at once where asked for. */
async function runAll(
  options: ChaosOptions,
  folder: string,
): Promise<{ runs: DisturbedRun[]; undisturbedSeconds: number }> {
  const { limitMs, size } = options;
  const runUndisturbed = createUndisturbedRuns(folder, limitMs);
  const compareWith = async (
    seed: number,
  ): Promise<{ recipe: unknown; undisturbed: Undisturbed }> => {
    const recipe = chaosRecipe(seed, size);
    const undisturbed = await runUndisturbed(recipe);
    const stages = undisturbed.stages.map(
      ({ stage, seconds }) => `${stage} ${seconds.toFixed(0)} s`,
    );
    say(`Undisturbed: ${undisturbed.seconds.toFixed(0)} s; ${stages.join(', ')}.`);
    return { recipe, undisturbed };
  };
  const runs: DisturbedRun[] = [];
  const finish = async (run: DisturbedRun, runFolder: string): Promise<void> => {
    runs.push(run);
    const wrong = [...run.problems, ...run.leftovers];
    if (wrong.length > 0) say(`${wrong.join('\n')}\nThe logs are in ${runFolder}.`);
    else if (!options.keep) await rm(runFolder, { recursive: true, force: true });
  };

  const one = await compareWith(recipeSeed);
  const known = otherFaults(options);
  const others = options.faults.flatMap((name) => known[name] ?? []);
  for (const seed of options.seeds) {
    const runFolder = await mkdtemp(join(folder, `seed-${seed}-`));
    const plan = planFaults(seed, { kills, count: options.kills, others });
    const onStruck: Parameters<typeof runDisturbed>[1]['onStruck'] = (row) => {
      say(faultLine(row));
    };
    const run = await runDisturbed(plan, { ...one, folder: runFolder, seed, limitMs, onStruck });
    await finish(run, runFolder);
  }
  if (options.faults.includes(pairName)) {
    const [seed = recipeSeed] = options.seeds;
    const runFolder = await mkdtemp(join(folder, 'pair-'));
    const pair = [one, await compareWith(recipeSeed + 1)];
    await finish(await runTwoPipelines(pair, { folder: runFolder, seed, limitMs }), runFolder);
  }
  return { runs, undisturbedSeconds: one.undisturbed.seconds };
}

async function main(): Promise<number> {
  const names = Object.keys(otherFaults({ outageSeconds: 0 }));
  const options = readChaosOptions(process.argv.slice(2), names);
  if (options === undefined) {
    process.stderr.write(chaosUsage(names));
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'burnish-chaos-'));
  say(`Everything lies in ${folder}. First a run that nothing disturbs.`);
  const { runs, undisturbedSeconds } = await runAll(options, folder);
  const isWell = runs.every(({ problems, leftovers }) => problems.length + leftovers.length === 0);
  if (isWell && !options.keep) await rm(folder, { recursive: true, force: true });
  const summary = summarise(runs, { undisturbedSeconds, checkpointSeconds });
  say(['', ...renderFaults(runs), '', ...summary].join('\n'));
  if (options.write !== '') writeResults(options.write, runs, summary);
  return isWell ? 0 : 1;
}

// Every process that was started ends with this one.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();
