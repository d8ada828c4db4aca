import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { areKernelsReady } from '../../../../infra/bootstrap/kernels.mjs';
import { projectFolder } from '../../../../infra/bootstrap/paths.mjs';
import { makeFiles, makeFolder } from '../../../support/folders.js';

const libraries = {
  'include/tensorflow/c/c_api.h': '',
  'libtensorflow.so': '',
  'libtensorflow_framework.so': '',
};

describe('areKernelsReady', () => {
  const placesFor = async (libtensorflow: string) => {
    const folder = await makeFolder();
    const [store, tools] = [join(folder, 'store'), join(folder, 'tools')];
    return { project: projectFolder, store, tools, libtensorflow };
  };

  it('says no where they can be compiled and are not', async () => {
    const libtensorflow = await makeFiles({
      ...libraries,
      'include/tensorflow/c/kernels_experimental.h': '',
    });
    expect(areKernelsReady(await placesFor(libtensorflow))).toBe(false);
  });

  it('says yes where the headers for them are missing, since there is nothing to do', async () => {
    expect(areKernelsReady(await placesFor(await makeFiles(libraries)))).toBe(true);
  });

  it('says no where there is no libtensorflow yet', async () => {
    expect(areKernelsReady(await placesFor(await makeFolder()))).toBe(false);
  });
});
