import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareSides, median } from './engine/compare.js';
import type { SideResult } from './engine/compare.js';
import { comparisons } from './engine/plan.js';
import type { Comparison } from './engine/plan.js';
import { preparePython, pytorchFolder } from './engine/python-environment.js';
import { renderTable, tableRows } from './engine/rows.js';
import type { Row } from './engine/rows.js';
import { startSide } from './engine/side.js';
import type { Side } from './engine/side.js';
import { sizeNames } from './engine/sizes.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const resultsFile = join(project, 'docs', 'results', 'engine.md');
/** Folder of the caches that sides of PyTorch write. */
const CACHES = 'inductor';
const BEGIN = '<!-- written by npm run bench -- engine: begin -->';
const END = '<!-- end -->';
const parts = [...new Set(comparisons.map(({ part }) => part))];

const usage = `npm run bench -- engine [${parts.join(' | ')} ...] [options]
  --sizes S,M     only these sizes (of ${sizeNames.join(', ')})
  --threads 2     threads of both sides
  --rounds 3      at most this many rounds
  --alone         our side only, no Python
  --write         write docs/results/engine.md; a run of everything always does
  --folder PATH   where environment, graphs and models are kept (.burnish/bench)
`;

interface Options {
  threads: string;
  rounds: number;
  alone: boolean;
  folder: string;
}

async function startSides(comparison: Comparison, options: Options): Promise<Side[]> {
  const { part, size } = comparison;
  const { threads, folder } = options;
  const sides = [
    await startSide({
      name: 'Burnish',
      program: process.execPath,
      parameters: ['--import', 'tsx', 'test/bench/engine/ours.ts', part, size, folder],
      environment: {
        TF_NUM_INTRAOP_THREADS: threads,
        TF_NUM_INTEROP_THREADS: threads,
        TF_CPP_MIN_LOG_LEVEL: '2',
      },
      folder: project,
    }),
  ];
  if (options.alone) return sides;
  for (const { mode, name } of comparison.modes) {
    // A cache of its own, so that the first step of torch.compile is a first step.
    const cache = mkdtempSync(join(folder, CACHES, 'side-'));
    sides.push(
      await startSide({
        name,
        program: preparePython(join(folder, 'python')),
        parameters: [`${part}.py`, size, mode === 'FOLDER' ? cache : mode, threads],
        environment: { TORCHINDUCTOR_CACHE_DIR: cache, PYTHONDONTWRITEBYTECODE: '1' },
        folder: pytorchFolder,
      }),
    );
  }
  return sides;
}

function describe(comparison: Comparison, results: SideResult[]): string {
  const lines = results.map(({ name, first, rounds, peakRssMib }) => {
    const middle = (key: string): number => median(rounds.map((round) => round[key] ?? NaN));
    const own = Object.keys(rounds[0] ?? {}).filter(
      (key) => !['seconds', 'cpuSeconds', 'others'].includes(key),
    );
    const measured = own.map((key) => `, ${key} ${middle(key).toFixed(3)} s`).join('');
    return `  ${name}: ${middle('seconds').toFixed(3)} s a call, CPU ${middle('cpuSeconds').toFixed(3)} s${measured}; first call ${first.toFixed(2)} s, others took ${(100 * middle('others')).toFixed(0)} % of the machine, ${Math.round(peakRssMib)} MiB, ${rounds.length} rounds`;
  });
  return [`${comparison.work}, ${comparison.size}`, ...lines, ''].join('\n');
}

function writeResults(rows: Row[], notes: string[], threads: string): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: project });
  const about = [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit.toString().trim()}, ${cpus()[0]?.model ?? 'unknown CPU'} (${cpus().length} cores), ${threads} threads a side, float32, load average at the end ${loadavg()[0]!.toFixed(1)}.`,
    'Sides run in turns; a figure is the median of the rounds (lowest to highest), a ratio the median of the ratios of a round.',
  ];
  const text = readFileSync(resultsFile, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? '\n';
  const body = [...about, '', renderTable(rows), '', '```text', ...notes, '```'].join('\n');
  writeFileSync(resultsFile, `${before!}${BEGIN}\n\n${body}\n\n${END}${after}`);
}

/** Measures our engine beside PyTorch; see `usage`. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sizes: { type: 'string', default: sizeNames.join() },
      threads: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '99' },
      alone: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      folder: { type: 'string', default: join(project, '.burnish', 'bench') },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((part) => !parts.includes(part));
  if (values.help || unknown.length > 0) {
    process.stdout.write(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const chosen = comparisons.filter(
    ({ part, size }) =>
      (positionals.length === 0 || positionals.includes(part)) &&
      values.sizes.split(',').includes(size),
  );
  const caches = join(values.folder, CACHES);
  // Left over when a run was interrupted.
  rmSync(caches, { recursive: true, force: true });
  mkdirSync(caches, { recursive: true });
  process.on('exit', () => {
    rmSync(caches, { recursive: true, force: true });
  });
  const options = { ...values, rounds: Number(values.rounds) };
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const comparison of chosen) {
    const sides = await startSides(comparison, options);
    const results = await compareSides(sides, {
      rounds: Math.min(options.rounds, comparison.rounds),
      budgetSeconds: comparison.budgetSeconds,
      sampleSeconds: 0.5,
    });
    rows.push(...tableRows(comparison, results));
    notes.push(describe(comparison, results));
    process.stdout.write(`${notes.at(-1)!}\n`);
  }
  process.stdout.write(`${renderTable(rows)}\n`);
  if (values.write || (chosen.length === comparisons.length && !options.alone))
    writeResults(rows, notes, values.threads);
}

await main();
