/**
 * `npm run bench -- collect [part ...] [--write]`: collections at full size through a whole installation (Temporal server,
 * object store, simulator, workers), each part in one of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureBudget } from './collect/budget.js';
import { measureIncremental } from './collect/incremental.js';
import { measureKills } from './collect/kills.js';
import { measureScale } from './collect/scale.js';
import { measureThroughput } from './collect/throughput.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const parts: Record<string, { title: string; measure: (folder: string) => Promise<string> }> = {
  kills: { title: 'At full size, and killed on the way', measure: measureKills },
  scale: { title: 'Doubling the rows', measure: measureScale },
  throughput: { title: 'Throughput', measure: measureThroughput },
  incremental: { title: 'A night later', measure: measureIncremental },
  budget: { title: 'Budget', measure: measureBudget },
};
const asked = positionals.length > 0 ? positionals : Object.keys(parts);
const unknown = asked.find((part) => !(part in parts));
if (unknown !== undefined) {
  throw new Error(`${unknown}: expected ${Object.keys(parts).join(', ')}`);
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
  cwd: project,
  encoding: 'utf8',
});
const home = join(project, '.burnish', 'bench');
mkdirSync(home, { recursive: true });
const sections: string[] = [];
for (const part of asked) {
  const { title, measure } = parts[part] as (typeof parts)[string];
  const folder = mkdtempSync(join(home, 'collect-'));
  const text = await measure(folder);
  const where = `${new Date().toISOString().slice(0, 10)}, commit ${commit.trim()}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, load average at the end ${(loadavg()[0] ?? 0).toFixed(1)}.`;
  process.stdout.write(`${text}\n`);
  sections.push(`## ${title}\n\n\`npm run bench -- collect ${part}\`, ${where}\n\n${text}\n`);
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
if (values.write) {
  writeFileSync(
    join(project, 'docs', 'results', 'collect.md'),
    `# Collections\n\n${sections.join('\n')}`,
  );
}
