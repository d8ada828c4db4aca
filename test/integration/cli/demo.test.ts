/** The whole pipeline through the real command, services and engine, on a recipe that computes little. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createBurnishCommand,
  type BurnishCommand,
} from '../../support/programs/burnish-command.js';

const recipe = `name: small
seed: 7
collect: { maxRows: 400, validationShare: 0.1, testShare: 0.1 }
fineTune: { learningRate: 1.0e-4, epochs: 0.1, batchSize: 8, maxTokens: 96 }
labelRewards: { rows: 60, imagesPerPrompt: 1 }
pickReward: { learningRate: 1.0e-3, epochs: 1, batchSize: 8, maxTokens: 96 }
aestheticReward: { learningRate: 1.0e-3, epochs: 1, batchSize: 8, maxTokens: 96 }
optimizePolicy: { iterations: 2, rolloutsPerIteration: 16, minibatchSize: 8, sampling: { maxNewTokens: 16 }, sampleEvery: 1, sampleCount: 8 }
evaluate: { prompts: 8, imagesPerPrompt: 1, bootstrapResamples: 100, sampling: { maxNewTokens: 16 } }
publish: { name: small }
compute: { segmentSeconds: 20, checkpointSeconds: 10, generateBatchSize: 16 }
`;
const stages = ['collect', 'fineTune', 'labelRewards', 'pickReward', 'aestheticReward'];

let folder: string;
let burnish: BurnishCommand;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-demo-'));
  burnish = createBurnishCommand(folder);
  await writeFile(join(folder, 'small.yaml'), recipe);
  await writeFile(join(folder, 'other.yaml'), recipe.replace('seed: 7', 'seed: 8'));
});

afterAll(async () => {
  await burnish.run(['down']);
  await rm(folder, { recursive: true, force: true });
});

interface Status {
  services: { name: string; state: string; pid?: number; port: number | null }[];
  workers: { name: string; state: string; pid?: number; pools?: string[] }[];
  runs: unknown[];
}

async function status(): Promise<Status> {
  return JSON.parse((await burnish.run(['status', '--json'])).stdout) as Status;
}

/** Processes whose variables or command line name this test's folder. */
async function findProcesses(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const described = await Promise.all(
    ids.map(async (id) => {
      const read = (file: string): Promise<string> =>
        readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
      const text = (await read('environ')) + (await read('cmdline'));
      return text.includes(folder) ? await read('cmdline') : '';
    }),
  );
  return described.filter((line) => line !== '');
}

test('the demo runs every stage, prints before and after, and with --keep leaves the services up', async () => {
  const { code, stdout, stderr } = await burnish.run(['demo', 'small.yaml', '--keep']);
  expect(stderr).not.toMatch(/^error/m);
  expect(code).toBe(0);
  for (const stage of stages) expect(stdout).toMatch(new RegExp(`^${stage} +done +[\\d.]+ s`, 'm'));
  expect(stdout).toContain('Scores are SIMULATED');
  expect(stdout).toMatch(/fine-tuned \+ PPO - fine-tuned: mixed score/);
  expect(stdout).toMatch(/Temporal UI: http:\/\/127\.0\.0\.1:\d+/);
  const page = /^Report: (.+index\.html)$/m.exec(stdout)?.[1];
  expect(await readFile(page!, 'utf8')).toContain('</html>');

  const { services, workers } = await status();
  for (const service of services) {
    expect(service.state).toBe('running');
    expect(service.pid).toBeGreaterThan(1);
    expect(service.port).toBeGreaterThan(0);
  }
  expect(workers.flatMap(({ pools = [] }) => pools).sort()).toEqual(
    ['burnish', 'collect', 'generate', 'score', 'train'].sort(),
  );
});

test('the model it published is generated from and exported, the same each time', async () => {
  const words = ['generate', 'a cat on a sofa', '--seed', '3', '--json', '--n'];
  const [two, one] = [await burnish.run([...words, '2']), await burnish.run([...words, '1'])];
  expect(two.stdout.trim().split('\n')).toHaveLength(2);
  expect(two.stdout.split('\n')[0]).toBe(one.stdout.trim());

  expect(await burnish.run(['export', 'small@production', 'exported'])).toMatchObject({ code: 0 });
  const files = await readdir(join(folder, 'exported'));
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json']),
  );
  const local = await burnish.run([...words, '1', '--model', './exported']);
  expect(local.stdout).toBe(one.stdout);

  const missing = await burnish.run(['export', 'small-99', 'none']);
  expect(missing.code).toBe(2);
  expect(await readdir(folder)).not.toContain('none');
});

test('a second demo reuses every stage, and leaves running what ran before', async () => {
  const { code, stdout } = await burnish.run(['demo', 'small.yaml']);
  expect(code).toBe(0);
  for (const stage of stages) expect(stdout).toMatch(new RegExp(`^${stage} +reused`, 'm'));
  expect((await status()).services.map(({ state }) => state)).toEqual(Array(3).fill('running'));
});

test('down ends every process', async () => {
  expect((await burnish.run(['down'])).code).toBe(0);
  expect(await findProcesses()).toEqual([]);
});

test('Ctrl-C in the middle of a demo ends the run and leaves no process', async () => {
  const child = burnish.start(['demo', 'other.yaml']);
  let stdout = '';
  const training = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('fineTune: ')) resolve();
    });
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([training, ended]);
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
  expect(await findProcesses()).toEqual([]);
});

test('Ctrl-C while services start ends pretraining before its run, and leaves no process', async () => {
  const child = burnish.start(['pretrain', '--out', 'base']);
  let stderr = '';
  const starting = new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      if (/temporal/i.test(stderr)) resolve();
    });
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([starting, ended]);
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
  expect(stderr).toContain('Stopping what was started.');
  expect(stderr).not.toContain('Ending ');
  expect(await findProcesses()).toEqual([]);
});
