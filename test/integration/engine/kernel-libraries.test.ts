import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { chooseLibrary, processorFlags } from '../../../engine/graph/kernels.js';
import { inheritVariables } from '../../../infra/environment.js';

const folder = fileURLToPath(new URL('../../../.burnish/tools/kernels/', import.meta.url));
const script = fileURLToPath(new URL('./run-kernels.ts', import.meta.url));
const resultsSchema = z.array(z.array(z.number()));

/** What the operations of one library give, in a process of its own: TensorFlow takes an operation once. */
async function resultsOf(library: string): Promise<number[][]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, library],
    { env: inheritVariables({ TF_CPP_MIN_LOG_LEVEL: '3' }), maxBuffer: 1 << 26 },
  );
  return resultsSchema.parse(JSON.parse(stdout));
}

it('every library that this machine can run gives the same, but for rounding', async () => {
  const flags = processorFlags();
  const libraries = [
    flags,
    new Set([...flags].filter((flag) => !flag.startsWith('avx512'))),
    new Set<string>(),
  ]
    .map((known) => chooseLibrary(folder, known))
    .filter((library) => library !== undefined);
  expect(libraries.at(-1)).toMatch(/baseline\.node$/);
  const [plain = [], ...others] = await Promise.all(
    [...new Set(libraries)].reverse().map(resultsOf),
  );
  for (const results of others) {
    expect(results).toHaveLength(plain.length);
    for (const [index, values] of results.entries()) {
      const scale = Math.max(...plain[index]!.map(Math.abs));
      values.forEach((value, at) => {
        expect(Math.abs(value - plain[index]![at]!) / scale, `${index}[${at}]`).toBeLessThan(3e-6);
      });
    }
  }
});
