import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A check of the sources that passes or fails as a whole. */
export interface StaticCheck {
  name: string;
  /** Problems as text; empty when it passes. */
  run: () => Promise<string>;
}

/** Types, lint, format, layers and unused code of a checkout. */
export function listStaticChecks(project: string): StaticCheck[] {
  const tool = (name: string, binary: string, parameters: string[]): StaticCheck => ({
    name,
    run: () => runTool([binPath(project, binary), ...parameters], project),
  });
  const sandbox = join(project, 'workflows', 'tsconfig.json');
  return [
    tool('types', 'typescript/bin/tsc', ['--project', '.']),
    ...(existsSync(sandbox)
      ? [
          tool('types of the workflow sandbox', 'typescript/bin/tsc', [
            '--noEmit',
            '--project',
            sandbox,
          ]),
        ]
      : []),
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
  ];
}

/** Path of a tool's program inside its package, whose exports may hide it. */
function binPath(project: string, program: string): string {
  const [name = '', ...rest] = program.split('/');
  const require = createRequire(join(project, 'package.json'));
  return join(dirname(require.resolve(`${name}/package.json`)), ...rest);
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
