/** Workers that serve under a version, as an operator rolls it out with the plain Temporal CLI. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

const deployment = { deploymentName: 'burnish', buildId: 'build-1' };
const name = ['--deployment-name', deployment.deploymentName];
let harness: PipelineHarness;
beforeAll(async () => {
  harness = await startPipelineHarness([], deployment);
}, 90_000);
afterAll(() => harness.stop(), 60_000);

async function until(command: string[], holds: (output: string) => boolean): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const output = await harness.server.cli(...command).catch((error: unknown) => String(error));
    if (holds(output)) return output;
    if (tries > 150) throw new Error(`Never held; last seen: ${output}`);
    await sleep(200);
  }
}

test('a version that is made the current one runs what is started, every stage with it', async () => {
  const version = ['--build-id', deployment.buildId];
  const asked = ['worker', 'deployment', 'set-current-version', ...name, ...version, '--yes'];
  // The server hears of a version by its workers' first polls.
  await until(asked, (output) => !/error/i.test(output));
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', 'versioned'];
  const recipe = '{"name":"versioned","stopAfter":"fineTune"}';
  await harness.server.cli('workflow', 'start', ...target, '--input', recipe);
  await harness.client.workflow.getHandle('versioned').result();
  for (const id of ['versioned', 'versioned/fineTune']) {
    const described = await harness.server.cli('workflow', 'describe', '-w', id);
    expect(described).toContain('AutoUpgrade');
    expect(described).toContain(deployment.buildId);
  }
  const shown = await harness.server.cli('worker', 'deployment', 'describe', '--name', 'burnish');
  expect(shown).toContain(deployment.buildId);
}, 90_000);
