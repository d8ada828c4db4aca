import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTemplate, writeTemplate } from '../../../../engine/weights/model-files.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';

describe('the template of a model folder', () => {
  it('is read as it was written', async () => {
    const folder = await makeFolder();
    writeTemplate(folder, 'Input: {x}\nOutput:');
    expect(readTemplate(folder)).toBe('Input: {x}\nOutput:');
  });

  it.each([
    ['no JSON', '{', /: is not JSON/],
    ['a list', '[]', /: file: /],
    ['no template', '{}', /: template: /],
    ['a template without {x}', '{"template":"a"}', /: template: must hold \{x\} exactly once/],
    ['a template with {x} twice', '{"template":"{x} {x}"}', /must hold \{x\} exactly once/],
  ])('is refused by the name of its file when that holds %s', async (_, content, message) => {
    const folder = await makeFiles({ 'burnish.json': content });
    expect(() => readTemplate(folder)).toThrow(message);
    expect(() => readTemplate(folder)).toThrow(join(folder, 'burnish.json'));
  });

  it('is refused by the name of the file that is not there', async () => {
    const folder = await makeFolder();
    expect(() => readTemplate(folder)).toThrow(`${join(folder, 'burnish.json')}: not found`);
  });
});
