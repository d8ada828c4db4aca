/** `npm run bench -- large`: peak memory and times of models of 560M and 1.1B weights; writes docs/results/large.md. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { largeConfigs, writeLargeModel } from './large/made-up-model.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const workFolder = join(project, '.burnish', 'bench', 'large');
const LIMIT_GIB = 12;

const works: { size: string; task: string; what: string }[] = [
  { size: '560m', task: 'load', what: 'loaded, nothing else' },
  { size: '560m', task: 'train', what: 'one LoRA step (rank 8), 1 x 384 tokens' },
  { size: '560m', task: 'train-recompute', what: 'the same with recomputation' },
  { size: '560m', task: 'generate', what: '16 tokens' },
  { size: '1b1', task: 'load', what: 'loaded, nothing else' },
  { size: '1b1', task: 'generate', what: '16 tokens' },
];

const resultSchema = z.object({
  loadMs: z.number(),
  workMs: z.number(),
  startMiB: z.number(),
  weightsMiB: z.number(),
  peakMiB: z.number(),
});

const rows: string[] = [];
for (const { size, task, what } of works) {
  const folder = join(workFolder, size);
  mkdirSync(workFolder, { recursive: true });
  writeLargeModel(folder, largeConfigs[size]!);
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', 'test/bench/large/run.ts', task, folder, join(workFolder, 'graphs')],
    {
      cwd: project,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const last = output.trim().split('\n').at(-1) ?? '';
  const { loadMs, workMs, startMiB, weightsMiB, peakMiB } = resultSchema.parse(JSON.parse(last));
  const gib = (mib: number): string => `${(mib / 1024).toFixed(2)} GiB`;
  const share = ((peakMiB - startMiB) / weightsMiB).toFixed(2);
  const limit = peakMiB <= LIMIT_GIB * 1024 ? 'within' : 'over';
  rows.push(
    `| ${size} | ${what} | ${gib(weightsMiB)} | ${gib(peakMiB)} | ${share} | ${limit} | ${(loadMs / 1000).toFixed(1)} s | ${(workMs / 1000).toFixed(1)} s |`,
  );
  process.stdout.write(`${rows.at(-1)!}\n`);
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  cwd: project,
  encoding: 'utf8',
}).trim();
writeFileSync(
  join(project, 'docs', 'results', 'large.md'),
  [
    '# Large models',
    '',
    `Shapes of bloom-560m and bloom-1b1 with random weights in sharded bfloat16, written by \`npm run bench -- large\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores.`,
    `Peak resident memory of one process that records the graph, loads the folder and does the work once; the limit is ${LIMIT_GIB} GiB.`,
    'Weights are counted in float32, as they are in memory; the share is the peak, less what the process held when loading began, over them.',
    '',
    '| model | work | weights | peak | share | limit | record and load | work |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n'),
);
