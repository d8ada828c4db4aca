import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../../infra/bootstrap/paths.mjs';
import type { DisturbedRun } from './disturbed.js';
import { faultsAsMarkdown } from './outcome-table.js';

const resultsFile = join(projectFolder, 'docs', 'results', 'chaos.md');
const end = '<!-- end -->';

/** Writes summary and table into the part of docs/results/chaos.md with this title, in place of what stood there. */
export function writeResults(
  title: string,
  runs: readonly DisturbedRun[],
  summary: readonly string[],
): void {
  const begin = `<!-- written by npm run chaos: ${title} -->`;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: projectFolder });
  const [cpu] = cpus();
  const about = `${new Date().toISOString().slice(0, 10)}, commit ${commit.toString().trim()}, ${cpu?.model ?? 'unknown CPU'} (${cpus().length} cores), load average at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`;
  const text = readFileSync(resultsFile, 'utf8');
  const [before = '', rest] = text.split(begin);
  const after = rest === undefined ? '\n' : rest.slice(rest.indexOf(end) + end.length);
  const lines = summary.map((line) => `- ${line}`).join('\n');
  const command = `\`npm run chaos -- ${process.argv.slice(2).join(' ')}\``;
  const body = [`## ${title}`, command, about, lines, faultsAsMarkdown(runs)].join('\n\n');
  const start = rest === undefined ? `${before.trimEnd()}\n\n` : before;
  writeFileSync(resultsFile, `${start}${begin}\n\n${body}\n\n${end}${after}`);
}
