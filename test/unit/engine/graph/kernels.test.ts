import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { computeSchema } from '../../../../recipe/sections/optimiser.js';
import { chooseLibrary, kernelsAllowed } from '../../../../engine/graph/kernels.js';
import { Recorder } from '../../../../engine/graph/recorder.js';
import { kernelsInUse } from '../../../../engine/graph/binding.js';
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

describe('kernelsAllowed', () => {
  const compute = (change: object) => computeSchema.parse(change);

  it('allows them on a CPU, unless the settings say no or name another device', () => {
    expect(kernelsAllowed(compute({}))).toBe(true);
    expect(kernelsAllowed(compute({ device: 'cpu' }))).toBe(true);
    expect(kernelsAllowed(compute({ kernels: false }))).toBe(false);
    expect(kernelsAllowed(compute({ device: 'gpu:0' }))).toBe(false);
  });
});

describe('kernelsInUse', () => {
  it.each([true, false])('is what the recording was told: %s', (allowed) => {
    expect(new Recorder('f', allowed).record(kernelsInUse)).toBe(allowed);
  });

  it('is false outside a recording, after an error too', () => {
    expect(kernelsInUse()).toBe(false);
    expect(() =>
      new Recorder('f', true).record(() => {
        throw new Error('a body that fails');
      }),
    ).toThrow('a body that fails');
    expect(kernelsInUse()).toBe(false);
  });
});
