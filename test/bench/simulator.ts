/**
 * `npm run bench -- simulator`: CPU time of the simulator per answer, by kind of question, at 64 questions in flight;
 * `--latency 50` has each answer wait that long (median and 95th percentile), as a provider would.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import {
  captionMessages,
  improveMessages,
  summariseMessages,
} from '../../providers/instructions.js';
import { readBundledPrompts } from '../../providers/simulator/knowledge.js';
import { writeSimulatedPng } from '../../providers/simulator/png.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '4000' },
    concurrency: { type: 'string', default: '64' },
    latency: { type: 'string', default: '0' },
  },
});
const [requests, concurrency, latency] = [values.requests, values.concurrency, values.latency].map(
  Number,
) as [number, number, number];
const project = fileURLToPath(new URL('../../', import.meta.url));
const prompts = readBundledPrompts('held-out').map((row) => row.prompt);
const promptAt = (place: number): string =>
  `${prompts[place % prompts.length]!} ${Math.floor(place / prompts.length)}`;
const picture = (prompt: string): string =>
  writeSimulatedPng({ simulated: true, prompt, seed: 1, index: 0 }).toString('base64');
const chat = (messages: unknown, seed: number): [string, unknown] => [
  '/v1/chat/completions',
  { model: 'simulator', messages, seed, temperature: 0.7, max_tokens: 160 },
];
const scores = (model: string, place: number): [string, unknown] => {
  const rows = Array.from({ length: 16 }, (_, row) => promptAt(place * 16 + row));
  const tensor = (name: string, data: string[]): unknown => ({
    name,
    datatype: 'BYTES',
    shape: [data.length],
    data,
  });
  const inputs = [tensor('image', rows.map(picture))];
  if (model === 'pickscore')
    inputs.push(
      tensor(
        'prompt',
        rows.map((text) => text.slice(0, 40)),
      ),
    );
  return [`/v2/models/${model}/infer`, { inputs, outputs: [{ name: 'score' }] }];
};
const kinds: Record<string, (place: number) => [string, unknown]> = {
  health: () => ['/health', undefined],
  summary: (place) => chat(summariseMessages(promptAt(place)), place),
  caption: (place) =>
    chat(captionMessages(`data:image/png;base64,${picture(promptAt(place))}`), place),
  'better prompt': (place) =>
    chat(improveMessages(promptAt(place).split(',')[0]!.slice(0, 80)), place),
  picture: (place) => [
    '/v1/images/generations',
    { model: 'simulator', prompt: promptAt(place), n: 1, seed: place, response_format: 'b64_json' },
  ],
  'pickscore of 16': (place) => scores('pickscore', place),
  'aesthetic of 16': (place) => scores('aesthetic', place),
};

const child = spawn(
  process.execPath,
  ['--import', 'tsx', 'providers/simulator/main.ts', '--port', '0', '--seed', '1'],
  { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line] = (await once(child.stdout, 'data')) as [Buffer];
const { url } = JSON.parse(line.toString()) as { url: string };

/** CPU milliseconds of the simulator so far: fields 14 and 15 of its stat file, in hundredths of a second. */
function cpuMs(): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function ask([path, body]: [string, unknown]): Promise<void> {
  const headers = { 'content-type': 'application/json' } as Record<string, string>;
  if (latency > 0) {
    headers['x-burnish-misbehave'] = JSON.stringify({
      latency: { medianMs: latency, p95Ms: latency },
    });
  }
  const answer = await fetch(
    `${url}${path}`,
    body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
say(
  `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${requests} questions, ${concurrency} in flight`,
);
say('| question | CPU of the simulator an answer | answers a second |');
say('| --- | --- | --- |');
for (const [kind, question] of Object.entries(kinds)) {
  const questions = Array.from({ length: requests }, (_, place) => place);
  // Tables are read and code is compiled at the first questions.
  const first = questions.slice(0, 500);
  await pMap(first, (place) => ask(question(place + requests)), { concurrency });
  const [cpu, begun] = [cpuMs(), performance.now()];
  await pMap(questions, (place) => ask(question(place)), { concurrency });
  const seconds = (performance.now() - begun) / 1000;
  const each = (cpuMs() - cpu) / requests;
  say(`| ${kind} | ${each.toFixed(3)} ms | ${(requests / seconds).toFixed(0)} |`);
}
const resident = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
say(`Most memory of the simulator: ${(Number(resident) / 1024).toFixed(0)} MiB`);
child.kill('SIGTERM');
