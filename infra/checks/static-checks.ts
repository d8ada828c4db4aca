import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { countHouse, describeExcess } from './house.js';

/** A check of the sources that passes or fails as a whole. */
export interface StaticCheck {
  name: string;
  /** Problems as text; empty when it passes. */
  run: () => Promise<string>;
}

/** Types, lint, format, layers, unused code and the counts of the house of a checkout. */
export function listStaticChecks(project: string): StaticCheck[] {
  const tool = (name: string, binary: string, parameters: string[]): StaticCheck => ({
    name,
    run: () => runTool([join(project, 'node_modules', binary), ...parameters], project),
  });
  const tsc = 'typescript/bin/tsc';
  return [
    tool('types', tsc, ['--project', '.']),
    tool('types of the workflow sandbox', tsc, ['--noEmit', '--project', 'workflows']),
    tool('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
    tool('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
    {
      name: 'layers',
      run: async () => {
        const { findLayerViolations } = await import('../layers/check-layers.mjs');
        return (await findLayerViolations({ folder: project })).join('\n');
      },
    },
    tool('unused code', 'knip/bin/knip.js', ['--no-progress']),
    { name: 'house', run: () => Promise.resolve(describeExcess(countHouse(project))) },
  ];
}

async function runTool(command: string[], cwd: string): Promise<string> {
  return new Promise((accept, reject) => {
    const child = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const outcome = signal ?? String(code);
      accept(code === 0 ? '' : output.trim() || `ended with ${outcome} and said nothing`);
    });
  });
}
