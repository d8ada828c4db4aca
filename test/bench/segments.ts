/**
 * `npm run bench -- segments`: what segments, Temporal and the object store cost a training.
 *
 * `overhead`: the stage fineTune in segments of 30 s through a whole installation, beside the same loop called directly.
 * `stall`: a model of 100M weights that writes a checkpoint a minute, beside itself while it writes none, in one run.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureOverhead } from './segments/overhead.js';
import { measureStall } from './segments/stall.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const parts = { overhead: measureOverhead, stall: measureStall };
const asked = positionals.length > 0 ? positionals : Object.keys(parts);
const unknown = asked.find((part) => !(part in parts));
if (unknown !== undefined)
  throw new Error(`${unknown}: expected ${Object.keys(parts).join(' or ')}`);

const home = join(project, '.burnish', 'bench');
mkdirSync(home, { recursive: true });
const folder = mkdtempSync(join(home, 'segments-'));
const lines: string[] = [];
try {
  for (const part of asked) {
    const text = await parts[part as keyof typeof parts](folder);
    process.stdout.write(`${text}\n`);
    lines.push(text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (values.write) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: project,
    encoding: 'utf8',
  }).trim();
  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, load average at the end ${loadavg()[0]!.toFixed(1)}`;
  writeFileSync(
    join(project, 'docs', 'results', 'segments.md'),
    `# What segments cost\n\nWritten by \`npm run bench -- segments --write\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${machine}.\n\n${lines.map((line) => `- ${line}\n`).join('')}`,
  );
}
