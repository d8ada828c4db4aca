import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkRecipe } from '../../../recipe/check-recipe.js';
import { parseRecipe, readRecipe } from '../../../recipe/read-recipe.js';
import { RecipeInvalidError, type RecipeMistake } from '../../../recipe/check-recipe.js';
import { makeFiles } from '../../support/folders.js';

function mistakesOf(text: string): RecipeMistake[] {
  try {
    parseRecipe(text, 'x.yaml');
  } catch (error) {
    if (error instanceof RecipeInvalidError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('parseRecipe', () => {
  it('fills in every default of a recipe that only has a name', () => {
    const recipe = parseRecipe('name: mine', 'x.yaml');
    expect(recipe.fineTune).toMatchObject({ learningRate: 2e-5, epochs: 4, batchSize: 64 });
    expect(recipe.pickReward.target).toBe('pick');
    expect(recipe.aestheticReward.target).toBe('aesthetic');
    expect(recipe.pretrain).toBeNull();
  });

  it('lists every mistake at once with its line, what was found and what was expected', () => {
    const mistakes = mistakesOf(`name: Mine
collect:
  maxword: 3
  maxWords: 3
  minWords: 10
  routes: [capton]
  lowerCase: "yes"
  sources: []
optimizePolicy:
  groupSize: 7
  sampling: { temperature: 0 }
  kl: { coefficient: -1 }
pickReward: { target: aesthetic }
providers: { chat: { url: "ftp://x" } }
evaluate: { sampling: { temperature: 0.0001 } }
colect: 1
model: { template: none }
compute: 5
`);
    expect(mistakes).toEqual(
      [
        [1, 'name', 'found "Mine", expected lower-case letters, digits and dashes, at most 63'],
        [3, 'collect.maxword', 'unknown field; did you mean `maxWords`?'],
        [4, 'collect.maxWords', 'must be at least minWords; found 3'],
        [
          6,
          'collect.routes.0',
          'found "capton", expected one of caption, summary, improved; did you mean `caption`?',
        ],
        [7, 'collect.lowerCase', 'found "yes", expected true or false'],
        [8, 'collect.sources', 'found [], expected at least 1 entry'],
        [9, 'optimizePolicy.rolloutsPerIteration', 'must be a multiple of groupSize'],
        [
          11,
          'optimizePolicy.sampling.temperature',
          'must be above 0: PPO learns from drawn texts; found 0',
        ],
        [12, 'optimizePolicy.kl.coefficient', 'found -1, expected at least 0'],
        [13, 'pickReward.target', 'found "aesthetic", expected one of pick'],
        [14, 'providers.chat.url', 'found "ftp://x", expected `simulator` or an http(s) address'],
        [
          15,
          'evaluate.sampling.temperature',
          'must be 0, which is greedy, or at least 0.001; found 0.0001',
        ],
        [16, 'colect', 'unknown field; did you mean `collect`?'],
        [17, 'model.template', 'must hold {x} exactly once; found "none"'],
        [18, 'compute', 'found 5, expected fields with names'],
      ].map(([line, path, message]) => ({ line, path, message })),
    );
  });

  it.each([
    [64, 48],
    [16, 32],
  ])('refuses %d rollouts in minibatches of %d, which would fail in PPO', (texts, minibatch) => {
    expect(
      mistakesOf(
        `name: a\noptimizePolicy: { rolloutsPerIteration: ${texts}, minibatchSize: ${minibatch} }`,
      ),
    ).toEqual([
      {
        line: 2,
        path: 'optimizePolicy.rolloutsPerIteration',
        message: `must be a multiple of minibatchSize; found ${texts}`,
      },
    ]);
  });

  it('names the known fields when nothing is near', () => {
    expect(mistakesOf('name: a\nmodel: { zzz: 1 }')[0]!.message).toBe(
      'unknown field; known here: base, template, adapter',
    );
  });

  it('says what is wrong inside a source, in the form it is written in', () => {
    expect(
      mistakesOf(
        'name: a\ncollect:\n  sources: [5, "", { path: p.csv, colums: {} }, { path: p, format: cvs, columns: { promt: x } }]',
      ).map(({ path, message }) => `${path}: ${message}`),
    ).toEqual([
      'collect.sources.0: found 5, expected a text or fields with names',
      'collect.sources.1: found "", expected at least 1 characters',
      'collect.sources.2.colums: unknown field; did you mean `columns`?',
      'collect.sources.3.format: found "cvs", expected one of parquet, jsonl, csv, txt',
      'collect.sources.3.columns.promt: unknown field; did you mean `prompt`?',
    ]);
  });

  it('says which required field is missing', () => {
    expect(mistakesOf('seed: 1')).toEqual([
      { path: 'name', message: 'required and not given; expected a text' },
    ]);
  });

  it.each([
    ['', 'is empty'],
    ['[1]', 'found [1], expected fields with names'],
    ['a: [x\nb: {', 'column 1: not YAML'],
    ['name: a\nname: b', 'Map keys must be unique'],
    ['name: !!js/function x', 'not YAML'],
    [
      'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c]',
      'not YAML',
    ],
  ])('refuses %j', (text, message) => {
    expect(
      mistakesOf(text)
        .map((mistake) => mistake.message)
        .join(),
    ).toContain(message);
  });

  it('does not take over fields of the prototype', () => {
    expect(mistakesOf('name: a\n__proto__: { force: true }')[0]!.path).toBe('__proto__');
  });
});

describe('checkRecipe', () => {
  it('checks a recipe that is no file, as one that comes from another client', () => {
    expect(checkRecipe({ name: 'a', seed: 7 }, { origin: 'given' }).seed).toBe(7);
    expect(() => checkRecipe({ name: 'a', seed: 1.5 }, { origin: 'given' })).toThrow(
      'The recipe given has 1 mistake:\n  seed: found 1.5, expected a whole number',
    );
    expect(() => checkRecipe(null, { origin: 'given' })).toThrow('expected fields with names');
  });
});

describe('readRecipe', () => {
  it('names a file that is missing, not UTF-8, or far too large', async () => {
    const folder = await makeFiles({
      'latin.yaml': new Uint8Array([0x6e, 0xe9]),
      'large.yaml': '#'.repeat(2 << 20),
    });
    const failure = (name: string) =>
      readRecipe(join(folder, name)).catch((error: unknown) => error as Error);
    expect(await failure('none.yaml')).toMatchObject({
      name: 'InputInvalidError',
      message: `Recipe ${join(folder, 'none.yaml')} does not exist.`,
    });
    expect(((await failure('latin.yaml')) as Error).message).toContain('is not valid UTF-8');
    expect(((await failure('large.yaml')) as Error).message).toContain('expected at most 1048576');
  });

  it('reads every recipe that comes with Burnish', async () => {
    const folder = fileURLToPath(new URL('../../../recipes/', import.meta.url));
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(names.sort()).toEqual(['demo.yaml', 'local.yaml', 'paper.yaml', 'pretrain.yaml']);
    const recipes = await Promise.all(names.map((name) => readRecipe(join(folder, name))));
    expect(recipes.map((recipe) => `${recipe.name}.yaml`)).toEqual(names);

    // What the base model was trained on must be held out nowhere else, and its template must fit.
    const [demo, local, paper, pretrain] = recipes;
    for (const recipe of [demo!, local!]) {
      expect(recipe.collect).toEqual(pretrain!.collect);
      expect(recipe.model.template).toBe(pretrain!.model.template);
    }
    expect(paper!.optimizePolicy).toMatchObject({ learningRate: 5e-6, iterations: 78 });
  });
});
