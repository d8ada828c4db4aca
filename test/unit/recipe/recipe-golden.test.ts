import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentationFiles } from '../../../recipe/documentation-files.js';
import { parseRecipe, readRecipe } from '../../../recipe/read-recipe.js';

const golden = fileURLToPath(new URL('../../golden/recipes/', import.meta.url));
const recipes = fileURLToPath(new URL('../../../recipes/', import.meta.url));
const committed = (name: string): string => readFileSync(`${golden}${name}`, 'utf8');
const asText = (recipe: unknown): string => `${JSON.stringify(recipe, null, 2)}\n`;

/** The files were written before the recipe became a table; a field that is meant to change is changed in them too. */
describe('the recipe beside what was committed', () => {
  it.each(['demo', 'local', 'paper', 'pretrain'])(
    'reads %s.yaml to the same bytes, defaults filled in',
    async (name) => {
      expect(asText(await readRecipe(`${recipes}${name}.yaml`))).toBe(committed(`${name}.json`));
    },
  );

  it('fills the same defaults into an empty recipe', () => {
    expect(asText(parseRecipe('name: defaults\npretrain: {}\n', 'defaults'))).toBe(
      committed('defaults.json'),
    );
  });

  it.each(documentationFiles().map(({ path, content }) => [path, content] as const))(
    'writes %s as it was',
    (path, content) => {
      expect(content).toBe(committed(path.replace(/^.*\//, '')));
    },
  );
});
