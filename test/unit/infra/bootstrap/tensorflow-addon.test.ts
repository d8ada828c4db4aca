import { describe, expect, it } from 'vitest';
import { describeLibtensorflow } from '../../../../infra/bootstrap/tensorflow-addon.mjs';
import { makeFiles, makeFolder } from '../../../support/folders.js';

const header = { 'include/tensorflow/c/c_api.h': '' };

describe('describeLibtensorflow', () => {
  it('knows the layout of a wheel, whose libraries lie beside the headers', async () => {
    const folder = await makeFiles({
      ...header,
      'libtensorflow_cc.so.2': '',
      'libtensorflow_framework.so.2': '',
    });
    expect(describeLibtensorflow(folder)).toEqual({
      include: `${folder}/include`,
      library: folder,
      aliases: {
        'libtensorflow.so': `${folder}/libtensorflow_cc.so.2`,
        'libtensorflow_framework.so': `${folder}/libtensorflow_framework.so.2`,
      },
    });
  });

  it("knows the layout of the C library's archive, whose libraries lie in lib", async () => {
    const folder = await makeFiles({
      ...header,
      'lib/libtensorflow.so': '',
      'lib/libtensorflow_framework.so': '',
    });
    expect(describeLibtensorflow(folder).library).toBe(`${folder}/lib`);
  });

  it('says what is missing and which variable names the folder', async () => {
    const empty = await makeFolder();
    expect(() => describeLibtensorflow(empty)).toThrow(
      /No libtensorflow in .*expected libtensorflow\.so or .*BURNISH_LIBTENSORFLOW/,
    );
    const headless = await makeFiles({
      'libtensorflow.so': '',
      'libtensorflow_framework.so': '',
    });
    expect(() => describeLibtensorflow(headless)).toThrow(
      /headers.*c_api\.h.*BURNISH_LIBTENSORFLOW/,
    );
  });
});
