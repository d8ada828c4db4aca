import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentationFiles } from '../../../recipe/documentation-files.js';
import { recipeFields } from '../../../recipe/documentation-files.js';

describe('the recipe fields', () => {
  const fields = recipeFields().filter((field) => !field.isSection);

  it('are all there, in every section', () => {
    expect(fields.length).toBeGreaterThan(120);
    const paths = fields.map((field) => field.path);
    expect(paths).toContain('pretrain.mixture.pairs');
    expect(paths).toContain('providers.chat.maxAttempts');
    expect(new Set(paths).size).toBe(paths.length);
  });

  it.each(fields.map((field) => [field.path, field] as const))(
    '%s has a meaning, and a default with its source or is required',
    (path, { schema, isRequired }) => {
      expect(schema['x-meaning'], 'meaning').toMatch(/\S{3}.*\.$/);
      expect(schema.description).toContain(schema['x-meaning']);
      if (path === '$schema') return;
      if (isRequired) {
        expect(schema.default).toBeUndefined();
        return;
      }
      expect(schema).toHaveProperty('default');
      expect(schema['x-from'], 'source of the default').toMatch(/ours|paper|lm-human-preferences/);
    },
  );

  it.each(
    recipeFields().flatMap(({ isSection, path, schema }) =>
      isSection ? [[path, schema] as const] : [],
    ),
  )('%s, a section, has a meaning', (_path, schema) => {
    expect(schema['x-meaning']).toMatch(/\S{3}.*\.$/);
  });

  const isNumber = (schema: { type?: string }) =>
    schema.type === 'integer' || schema.type === 'number';
  const numbers = fields.flatMap(({ path, schema }) => {
    const inner = isNumber(schema) ? schema : schema.anyOf?.find(isNumber);
    return inner ? [[path, { ...schema, ...inner }] as const] : [];
  });
  it.each(numbers)('%s, a number, has a unit and both bounds', (path, schema) => {
    expect(schema['x-unit'], 'unit').toMatch(/\S/);
    expect(schema.minimum ?? schema.exclusiveMinimum, 'lower bound').toEqual(expect.any(Number));
    const upper = schema.maximum ?? schema.exclusiveMaximum;
    expect(upper, 'upper bound').toEqual(expect.any(Number));
    if (path !== 'collect.maxRows') expect(upper).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});

describe('the committed documentation', () => {
  it.each(documentationFiles().map((file) => [file.path, file.content] as const))(
    '%s is what the schema says; run `npm run recipe-docs` after a change',
    (path, content) => {
      const committed = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
      expect(committed).toBe(content);
    },
  );
});
