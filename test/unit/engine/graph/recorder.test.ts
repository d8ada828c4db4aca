import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeFiles } from '../../../support/folders.js';

const run = promisify(execFile);
const compile = pathToFileURL('engine/graph/compile.ts').href;

describe('a recorded function that reads a value', () => {
  it('is named by file and line in a process with source maps, as the engine is one', async () => {
    const folder = await makeFiles({
      'body.mts': `import { compileProgram } from '${compile}';
const body = (scope) => {
  const doubled = scope.variable('v').mul(2);
  doubled.dataSync();
  return { doubled };
};
const variables = { v: { shape: [2], group: 'all' } };
compileProgram({ variables, signatures: { f: { feeds: {}, body } } }, 'unused');
`,
    });
    const file = join(folder, 'body.mts');
    await expect(run(process.execPath, ['--import', 'tsx', file])).rejects.toMatchObject({
      stderr: expect.stringMatching(
        new RegExp(`was read inside a recorded function at \\S*${file}:4:\\d+, where`),
      ) as string,
    });
  });
});
