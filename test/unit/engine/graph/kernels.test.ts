import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeSchema } from '../../../../recipe/sections/optimiser.js';
import { chooseLibrary, kernelsInUse, withKernels } from '../../../../engine/graph/kernels.js';
import { makeFolder } from '../../../support/folders.js';

describe('chooseLibrary', () => {
  const flags = (text: string): Set<string> => new Set(text.split(' '));
  const wide = 'fpu sse2 avx2 fma avx512f avx512bw avx512dq avx512vl';

  it.each([
    [wide, 'avx512.node'],
    ['fpu sse2 avx2 fma', 'avx2.node'],
    ['fpu sse2 avx2 fma avx512f', 'avx2.node'],
    ['fpu sse2 avx2', 'baseline.node'],
    ['', 'baseline.node'],
  ])('is the best that a processor with "%s" can run', async (text, name) => {
    const folder = await makeFolder();
    for (const variant of ['avx512', 'avx2', 'baseline'])
      writeFileSync(join(folder, `${variant}.node`), '');
    expect(chooseLibrary(folder, flags(text))).toBe(join(folder, name));
  });

  it('is the next best where one was not compiled, and none where none was', async () => {
    const folder = await makeFolder();
    expect(chooseLibrary(folder, flags(wide))).toBeUndefined();
    writeFileSync(join(folder, 'baseline.node'), '');
    expect(chooseLibrary(folder, flags(wide))).toBe(join(folder, 'baseline.node'));
  });
});

describe('withKernels', () => {
  const compute = (change: object) => computeSchema.parse(change);

  it('has them in use on a CPU, unless the settings say no or name another device', () => {
    expect(withKernels(compute({}), kernelsInUse)).toBe(true);
    expect(withKernels(compute({ device: 'cpu' }), kernelsInUse)).toBe(true);
    expect(withKernels(compute({ kernels: false }), kernelsInUse)).toBe(false);
    expect(withKernels(compute({ device: 'gpu:0' }), kernelsInUse)).toBe(false);
  });

  it('leaves things as they were, after an error too', () => {
    expect(kernelsInUse()).toBe(false);
    expect(() =>
      withKernels(compute({}), () => {
        throw new Error('a body that fails');
      }),
    ).toThrow('a body that fails');
    expect(kernelsInUse()).toBe(false);
  });
});
