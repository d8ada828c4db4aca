import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { licenceOfSource } from '../../../../dataset/sources/open-source.js';

it('the licence of a bundled file is the one that data/README.md states; others are not known', async () => {
  const page = await readFile(new URL('../../../../data/README.md', import.meta.url), 'utf8');
  const stated = page.slice(page.indexOf('## Licence and origin')).split('\n');
  const names = ['diffusiondb-prompts.jsonl.gz', 'modifiers.jsonl.gz'];
  for (const name of names) {
    const line = stated.find((row) => row.includes(`\`${name}\``))!;
    const licence = licenceOfSource(`bundled:${name}`)!;
    expect(line.toLowerCase().replace('cc0 1.0', 'cc0-1.0')).toContain(licence);
  }
  expect(licenceOfSource('prompts.parquet')).toBeUndefined();
});
