/** `npm run bench -- transformers`: what transformers makes of the models that Burnish writes; in an environment made on first use. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { preparePython } from './engine/python-environment.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
preparePython();
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/integration/engine/transformers.test.ts'],
  { cwd: project, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
