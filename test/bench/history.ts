/**
 * `npm run bench -- history`: events of every execution of a run whose PPO takes 10,000 segments of one iteration, the worst
 * case, and a worker's memory over 50 runs; real server and workflows, activities that compute nothing.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { recipeSchema } from '../../recipe/recipe.js';
import { Queue, WorkflowType } from '../../contracts/names.js';
import { Stage } from '../../recipe/stage.js';
import { startPipelineHarness } from '../support/programs/pipeline-harness.js';

const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '50' },
    write: { type: 'boolean', default: false },
  },
});
const project = fileURLToPath(new URL('../../', import.meta.url));
const iterations = Number(values.iterations);
const runs = Number(values.runs);
const EVENT_LIMIT = 5000;
const RUNS_A_ROW = 10;

const harness = await startPipelineHarness();
const { client, fakes } = harness;
/** A seed of its own keeps a run from taking up the stages of another. */
const run = async (workflowId: string, seed: number): Promise<void> => {
  await client.workflow.execute(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId,
    args: [recipeSchema.parse({ name: workflowId, seed })],
  });
};
const say = (line: string, to: string[]): void => {
  to.push(line);
  process.stdout.write(`${line}\n`);
};

const memory: string[] = [];
for (let done = 0; done < runs; done += RUNS_A_ROW) {
  for (let index = 0; index < RUNS_A_ROW; index += 1)
    await run(`run-${done + index}`, done + index);
  global.gc?.();
  const mib = process.memoryUsage().rss / 2 ** 20;
  say(`| ${done + RUNS_A_ROW} | ${mib.toFixed(0)} MiB |`, memory);
}

const begun = performance.now();
fakes.stepsPerSegment = 1;
fakes.stepCounts = { [Stage.optimizePolicy]: iterations };
await run('long', runs);
const seconds = (performance.now() - begun) / 1000;
const executions: { id: string; events: number }[] = [];
for await (const one of client.workflow.list({ query: `WorkflowId STARTS_WITH 'long'` }))
  executions.push({ id: one.workflowId, events: one.historyLength });
const rows = [...new Set(executions.map(({ id }) => id))].sort().map((id) => {
  const events = executions.filter((one) => one.id === id).map((one) => one.events);
  return `| ${id} | ${events.length} | ${Math.max(...events).toLocaleString('en')} |`;
});
const histories: string[] = [];
for (const row of rows) say(row, histories);
const most = Math.max(...executions.map(({ events }) => events));
say(`Most events of one execution: ${most}, of ${EVENT_LIMIT}; ${seconds.toFixed(0)} s`, []);
await harness.stop();

if (values.write) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  writeFileSync(
    join(project, 'docs', 'results', 'history.md'),
    [
      '# Histories and memory',
      '',
      `Written by \`npm run bench -- history --write\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores: a real Temporal dev server and the shipped workflows, with activities that compute nothing.`,
      '',
      `A run whose PPO takes ${iterations.toLocaleString('en')} segments of one iteration each, the worst case (${seconds.toFixed(0)} s); every execution is to stay below ${EVENT_LIMIT.toLocaleString('en')} events:`,
      '',
      '| workflow | executions | most events of one |',
      '| --- | --- | --- |',
      ...histories,
      '',
      `Resident memory of the process that runs the workers of all pools, and the client, after so many runs:`,
      '',
      '| runs | memory |',
      '| --- | --- |',
      ...memory,
      '',
    ].join('\n'),
  );
}
process.exitCode = most < EVENT_LIMIT ? 0 : 1;
