/** Every `temporal` command of docs/operations.md, run as it stands there against a real server. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PipelineProgress } from '../../../contracts/stages.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

const page = new URL('../../../docs/operations.md', import.meta.url);

let harness: PipelineHarness;
let runCount = 0;
beforeAll(async () => {
  harness = await startPipelineHarness();
  await writeFile(recipeFile(), JSON.stringify({ name: 'demo' }));
  // Leaves every stage before PPO in the stage cache, so that later runs reach it at once.
  await start(newRun(), {});
  await harness.server.cli('workflow', 'result', '-w', `documented-${String(runCount)}`);
}, 90_000);
afterAll(() => harness.stop(), 60_000);

const recipeFile = (): string => join(harness.folder, 'demo.json');
const newRun = (): string => `documented-${String((runCount += 1))}`;

async function start(run: string, recipe: object): Promise<string> {
  const input = JSON.stringify({ name: 'demo', ...recipe });
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', run];
  await harness.server.cli('workflow', 'start', ...target, '--input', input);
  return run;
}

async function until(run: string, holds: (progress: PipelineProgress) => boolean): Promise<void> {
  const handle = harness.client.workflow.getHandle(run);
  for (let tries = 0; tries < 150; tries += 1) {
    const progress = await handle.query<PipelineProgress>('progress').catch(() => undefined);
    if (progress && holds(progress)) return;
    await sleep(200);
  }
  throw new Error(`${run} never came to the state wanted`);
}

/** A run whose PPO takes long: another learning rate, so that it is not in the stage cache. */
async function startTraining(): Promise<string> {
  const run = newRun();
  harness.fakes.stepMs = 1500;
  await start(run, { optimizePolicy: { learningRate: 1e-6 * runCount } });
  await until(run, ({ stages }) =>
    stages.some(({ stage, state }) => stage === 'optimizePolicy' && state === 'running'),
  );
  // The segment's own activity is scheduled a moment later.
  await sleep(1500);
  return run;
}

/** A run that waits to publish under a name of its own: what was published is not asked for again. */
async function startWaiting(): Promise<string> {
  const run = newRun();
  await start(run, { publish: { requireApproval: true, name: run } });
  await until(run, ({ state }) => state === 'waiting for approval');
  return run;
}

/** A run whose PPO tripped and asks what to do. */
async function startWaitingAfterTrip(): Promise<string> {
  const run = newRun();
  harness.fakes.trips.push({ workflowId: `${run}/optimizePolicy`, stepIndex: 4 });
  const optimizePolicy = { learningRate: 1e-6 * runCount, guard: { answer: 'ask' } };
  await start(run, { optimizePolicy });
  await until(run, ({ stages }) =>
    stages.some(({ stage, state }) => stage === 'optimizePolicy' && state === 'paused'),
  );
  return run;
}

/** What a section's commands are tried on; where each ends its run, each gets its own. */
const situations: Record<string, { begin: () => Promise<string>; each: boolean }> = {
  Start: { begin: () => Promise.resolve(newRun()), each: true },
  Look: { begin: startTraining, each: false },
  'Hold and go on': { begin: startTraining, each: false },
  'When a guard trips': { begin: startWaitingAfterTrip, each: true },
  Approve: { begin: startWaiting, each: true },
  End: { begin: startTraining, each: true },
  'Take back': { begin: startTraining, each: true },
  'Move or repair one activity': { begin: startTraining, each: false },
  'Every night': { begin: () => Promise.resolve('none'), each: false },
};

/** The sections of the page with their commands. */
async function readCommands(): Promise<Map<string, string[]>> {
  const sections = (await readFile(page, 'utf8')).split(/^## /m).slice(1);
  const found = sections.map((section): [string, string[]] => {
    const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1]!);
    const lines = blocks.flatMap((block) => block.split('\n'));
    return [section.split('\n')[0]!.trim(), lines.filter((line) => line.startsWith('temporal '))];
  });
  return new Map(found.filter(([, commands]) => commands.length > 0));
}

/** The words of a command as a shell would pass them; only the quotes that the page uses. */
function wordsOf(command: string, run: string): string[] {
  const words = command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words
    .slice(1)
    .map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, (quoted) => quoted.slice(1, -1)))
    .map((word) => word.replaceAll('$RUN', run))
    .map((word) => (word === 'demo.json' ? recipeFile() : word));
}

/** What the Temporal CLI prints when a command did as it says, by the words that tell the command. */
const answers: Record<string, RegExp> = {
  'workflow start': /^Running execution:\n +WorkflowId +documented-/,
  'workflow query': /"recipe":"demo"/,
  'workflow list': /Running +documented-\d+ +pipeline/,
  'workflow describe': /WorkflowId +documented-/,
  'workflow show': /"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"/,
  'workflow result': /Status +COMPLETED/,
  'workflow signal': /^Signal workflow succeeded$/m,
  'workflow update execute .* approve': /Result +Approved: the model is published\.$/m,
  'workflow update execute .* reject': /Result +Rejected: nothing is published\.$/m,
  'workflow cancel': /^Canceled workflow$/m,
  'workflow terminate': /^Workflow terminated$/m,
  'workflow reset': /^Resetting workflow documented-\d+ to event ID \d+$/m,
  'task-queue describe': /^Task Queue Statistics:/,
  'activity (un)?pause': /^$/,
  'activity update-options': /TaskQueue +train$/m,
  'activity reset': /ServerResponse +true$/m,
  'schedule (create|toggle)': /^$/,
  'schedule trigger': /^Trigger request sent$/m,
  'schedule list': /demo-nightly +\{"Workflow":"pipeline"\}/,
  'schedule delete': /^Schedule deleted$/m,
};

function answerTo(command: string): RegExp {
  const found = Object.entries(answers).find(([words]) => new RegExp(words).test(command));
  if (!found) throw new Error(`No answer is expected of ${command}`);
  return found[1];
}

/** They want workers that serve under a version: `deployment.test.ts` runs them. */
const elsewhere = ['Roll out'];

test('every section with commands says what they are tried on', async () => {
  const sections = [...(await readCommands()).keys()];
  expect(sections.filter((name) => !elsewhere.includes(name))).toEqual(Object.keys(situations));
});

test.each(Object.entries(situations))(
  'the commands under "%s" do as they are written',
  async (section, { begin, each }) => {
    const commands = (await readCommands()).get(section) ?? [];
    expect(commands).not.toEqual([]);
    let run = each ? '' : await begin();
    for (const command of commands) {
      if (each) run = await begin();
      // `result` waits for the end.
      if (command.includes('workflow result')) harness.fakes.stepMs = 0;
      const printed = await harness.server.cli(...wordsOf(command, run));
      expect(printed, command).toMatch(answerTo(command));
    }
    harness.fakes.stepMs = 0;
  },
  120_000,
);
