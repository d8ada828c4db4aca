/** The real command, spawned, on bad input: what it says, its exit code, and that it leaves nothing behind. */
import { createServer, type Server } from 'node:net';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBurnishCommand, type Ending } from '../../support/programs/burnish-command.js';

let folder: string;
let deafPort: number;
let deaf: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-cli-'));
  deaf = createServer((socket) => socket.destroy());
  await new Promise<void>((ready) => deaf.listen(0, '127.0.0.1', ready));
  deafPort = (deaf.address() as { port: number }).port;
});

afterAll(async () => {
  deaf.close();
  await rm(folder, { recursive: true, force: true });
});

const burnish = (words: string[], variables?: Record<string, string>): Promise<Ending> =>
  createBurnishCommand(folder).run(words, variables);

async function writeRecipe(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** What a person may see: a message, never a stack. */
function expectMessage(ending: Ending, code: number, pattern: RegExp): void {
  expect(ending.stderr).toMatch(pattern);
  expect(ending.stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
  expect(ending.code).toBe(code);
}

test('lists every mistake of a recipe at once and starts nothing', async () => {
  const path = await writeRecipe(
    'wrong.yaml',
    'name: Wrong Name\nseed: many\ncolect: {}\nfineTune: { learningRate: 7 }\n',
  );
  const ending = await burnish(['run', path]);
  expectMessage(ending, 2, /4 mistakes/);
  for (const field of ['name', 'seed', 'colect', 'fineTune.learningRate']) {
    expect(ending.stderr).toContain(field);
  }
});

test.each([
  ['is missing', ['run', 'nowhere.yaml'], /nowhere\.yaml does not exist/],
  ['is a folder', ['run', '.'], /cannot be read/],
  ['is missing, for the demo too', ['demo', 'nowhere.yaml'], /nowhere\.yaml does not exist/],
  ['is missing, for pretraining too', ['pretrain', 'nowhere.yaml'], /nowhere\.yaml does not exist/],
])('a recipe that %s is named', async (_what, words, pattern) => {
  expectMessage(await burnish(words), 2, pattern);
});

test('a recipe that is not YAML, not UTF-8 or empty is refused with its place', async () => {
  const torn = await writeRecipe('torn.yaml', 'name: [unclosed\n');
  const bytes = await writeRecipe('bytes.yaml', new Uint8Array([0x6e, 0xff, 0xfe]));
  const empty = await writeRecipe('empty.yaml', '');
  expectMessage(await burnish(['recipe', torn]), 2, /torn\.yaml[\s\S]*line \d+/);
  expectMessage(await burnish(['recipe', bytes]), 2, /not valid UTF-8/);
  expectMessage(await burnish(['recipe', empty]), 2, /empty/);
});

test('pretraining refuses a recipe that would run on, and a folder that holds something', async () => {
  const whole = await writeRecipe('whole.yaml', 'name: whole\n');
  expectMessage(await burnish(['pretrain', whole]), 2, /stopAfter: pretrain/);
  const short = await writeRecipe('short.yaml', 'name: s\npretrain: {}\nstopAfter: pretrain\n');
  expectMessage(await burnish(['pretrain', short, '--out', folder]), 2, /not empty/);
});

test.each([
  ['an unknown verb', ['fly'], /unknown command 'fly'/],
  ['a missing argument', ['run'], /missing required argument 'recipe'/],
  ['an unknown option', ['status', '--jsno'], /unknown option '--jsno'/],
  ['a pool that is none', ['worker', '--pool', 'kitchen'], /kitchen[\s\S]*collect/],
  ['a seed that is none', ['generate', 'a cat', '--seed', 'x'], /whole number/],
])('%s is wrong usage', async (_what, words, pattern) => {
  expectMessage(await burnish(words), 2, pattern);
});

test.each([
  ['run', ['run', 'good.yaml']],
  ['watch', ['watch', 'demo-1']],
  ['pause', ['pause', 'demo-1']],
  ['worker', ['worker']],
])('%s says what to start when nothing runs', async (_verb, words) => {
  await writeRecipe('good.yaml', 'name: good\n');
  expectMessage(await burnish(words), 3, /not running.*burnish up/);
});

test('export and generate say that no store is there, and export leaves no folder', async () => {
  expectMessage(await burnish(['export', 'burnish-1', 'out']), 3, /store is not running/);
  expectMessage(await burnish(['generate', 'a cat']), 3, /store is not running/);
  expect(await readdir(folder)).not.toContain('out');
});

test('export refuses a folder that holds something before it asks any server', async () => {
  await mkdir(join(folder, 'full'), { recursive: true });
  await writeFile(join(folder, 'full', 'mine.txt'), 'mine');
  expectMessage(await burnish(['export', 'burnish-1', 'full']), 2, /not empty.*mine\.txt/);
  expect(await readdir(join(folder, 'full'))).toEqual(['mine.txt']);
});

test('generate names what a model folder lacks', async () => {
  expectMessage(await burnish(['generate', 'a cat', '--model', './no']), 2, /no such folder/);
  expectMessage(await burnish(['generate', 'a cat', '--model', folder]), 2, /no config\.json/);
  expectMessage(await burnish(['generate', '  ', '--model', folder]), 2, /empty/);
});

test('a Temporal server that does not answer is named with its address', async () => {
  const address = `127.0.0.1:${String(deafPort)}`;
  const variables = { TEMPORAL_ADDRESS: address, AWS_ENDPOINT_URL_S3: `http://${address}` };
  expectMessage(await burnish(['watch', 'demo-1'], variables), 3, new RegExp(address));
});

test('a wrong environment is listed whole', async () => {
  const variables = { TEMPORAL_ADDRESS: 'nowhere', BURNISH_THREADS: 'all' };
  const ending = await burnish(['status'], variables);
  expectMessage(ending, 3, /TEMPORAL_ADDRESS/);
  expect(ending.stderr).toContain('BURNISH_THREADS');
});

test('a busy port is named with the variable that asked for it', async () => {
  const ending = await burnish(['up'], { BURNISH_TEMPORAL_PORT: String(deafPort) });
  expectMessage(ending, 3, new RegExp(`${String(deafPort)}.*BURNISH_TEMPORAL_PORT`));
  const { stdout } = await burnish(['status', '--json']);
  const { services } = JSON.parse(stdout) as { services: { state: string }[] };
  expect(services.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
});

test('--verbose adds the stack trace', async () => {
  const ending = await burnish(['run', 'nowhere.yaml', '--verbose']);
  expect(ending.stderr).toMatch(/^\s+at .+:\d+:\d+/m);
  expect(ending.code).toBe(2);
});

test('prints a checked recipe with its defaults as JSON and nothing else', async () => {
  const path = await writeRecipe('plain.yaml', 'name: plain\nseed: 3\n');
  const { code, stdout } = await burnish(['recipe', path]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'plain', seed: 3, collect: {}, force: false });
});
