import { describe, expect, it } from 'vitest';
import { countHouse, describeExcess, type HouseCount } from '../../../../infra/checks/house.js';
import { makeFiles } from '../../../support/folders.js';

const lines = (count: number): string => '//\n'.repeat(count);

async function countsOf(files: Record<string, string>): Promise<Record<string, HouseCount>> {
  const folder = await makeFiles(files);
  return Object.fromEntries(countHouse(folder).map((count) => [count.name, count]));
}

describe('countHouse', () => {
  it('counts what is shipped, and no tests, pages or recipes', async () => {
    const counts = await countsOf({
      'engine/a.ts': lines(301),
      'recipe/b.ts': lines(7),
      'activities/c.cc': lines(4),
      'test/unit/engine/a.test.ts': lines(500),
      'docs/page.ts': lines(500),
      'recipes/demo.ts': lines(500),
      'node_modules/other/index.js': lines(500),
      'README.md': lines(500),
    });
    expect(counts['source files']).toMatchObject({ count: 3, found: [] });
    expect(counts['source lines']?.count).toBe(312);
    expect(counts['lines of recipe/']?.count).toBe(7);
    expect(counts['lines of activities/']?.count).toBe(4);
    expect(counts['median file, lines']?.count).toBe(7);
    expect(counts['files over 300 lines']).toMatchObject({ count: 1, found: ['engine/a.ts'] });
  });

  it('takes for a crumb a short file with one user and no test of its own', async () => {
    const user = ['crumb', 'shared', 'tested', 'long'].map((name) => `import './${name}.js';\n`);
    const counts = await countsOf({
      'text/user.ts': user.join(''),
      'web/page.ts': "import { shared } from '../text/shared.js';\n",
      'text/crumb.ts': lines(35),
      'text/shared.ts': lines(3),
      'text/tested.ts': lines(3),
      'test/unit/text/tested.test.ts': lines(3),
      'text/long.ts': lines(36),
    });
    expect(counts['crumbs with one user']?.found).toEqual(['text/crumb.ts (35) → text/user.ts']);
  });

  it('names the line of a typed hole', async () => {
    const counts = await countsOf({
      'engine/a.ts': '//\nexport const a = 1 as never;\ninterface B {\n  settings?: unknown;\n}\n',
    });
    expect(counts['`as never`']?.found).toEqual(['engine/a.ts:2']);
    expect(counts['`settings: unknown`']?.found).toEqual(['engine/a.ts:4']);
  });
});

describe('describeExcess', () => {
  const at = (count: number): HouseCount => ({ name: 'files', count, limit: 2, found: ['a.ts'] });

  it('says what passes its limit, with what is counted, and nothing else', () => {
    expect(describeExcess([at(2)])).toBe('');
    expect(describeExcess([at(2), at(3)])).toBe('files: 3, expected at most 2\n  a.ts');
  });
});
