import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  above,
  below,
  choice,
  field,
  int,
  intOrNull,
  multipleOf,
  number,
  openSection,
  section,
  sharesNotAllZero,
} from '../../../recipe/fields.js';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe('a field of the table', () => {
  it('takes its bounds themselves, and nothing beyond them', () => {
    const { schema } = int(3, [1, 5], 'rows', 'ours');
    expect([0, 1, 5, 6, 1.5].map((value) => accepts(schema, value))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('leaves out a bound that is stated by `above` or `below`', () => {
    const { schema } = number(0.1, [above(0), below(0.5)], 'none', 'ours');
    expect([0, 0.01, 0.49, 0.5].map((value) => accepts(schema, value))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('has no upper bound where that is infinite, and takes null only where it says so', () => {
    const { schema } = intOrNull(null, [1, Infinity], 'rows', 'ours');
    expect(schema.parse(undefined)).toBeNull();
    expect(accepts(schema, 1e15)).toBe(true);
    expect(accepts(int(1, [1, 5], 'rows', 'ours').schema, null)).toBe(false);
  });

  it('describes itself by meaning, unit and source of the default', () => {
    const rows = field('Rows read.', int(3, [1, 5], 'rows', 'ours'));
    expect(rows.meta()).toEqual({
      description: 'Rows read. Unit: rows. Default from: ours.',
      'x-meaning': 'Rows read.',
      'x-unit': 'rows',
      'x-from': 'ours',
    });
    expect(field('A part.', number(0, [0, 1], 'none', 'ours')).meta()?.description).toBe(
      'A part. Default from: ours.',
    );
    expect(field('A name.', { schema: z.string() }).meta()).toEqual({
      description: 'A name.',
      'x-meaning': 'A name.',
    });
  });

  it('keeps the words of a choice as its type', () => {
    const schema = field('How.', choice(['fast', 'exact'], 'exact', 'ours'));
    const value: 'fast' | 'exact' = schema.parse(undefined);
    expect(value).toBe('exact');
    expect(accepts(schema, 'slow')).toBe(false);
  });
});

describe('a section', () => {
  const part = field('A part.', number(0, [0, 1], 'none', 'ours'));

  it('refuses fields it does not know', () => {
    expect(accepts(section('Parts.', { part }), { part: 1, other: 1 })).toBe(false);
  });

  it('fills in its fields when it is left out, and keeps its rules', () => {
    const rule = sharesNotAllZero(['a', 'b', 'c']);
    const parts = { a: part, b: part, c: part };
    expect(openSection('Parts.', parts).parse(undefined)).toEqual({ a: 0, b: 0, c: 0 });
    const found = openSection('Parts.', parts, rule).safeParse({}).error?.issues;
    expect(found).toMatchObject([{ path: ['a'], message: 'the three shares must not all be 0' }]);
  });

  it('refuses a number that is no multiple of another, and leaves other mistakes to their fields', () => {
    const rows = int(8, [1, 100], 'rows', 'ours').schema;
    const schema = z.strictObject({ rows, group: rows }).refine(...multipleOf('rows', 'group'));
    expect(accepts(schema, { rows: 6, group: 3 })).toBe(true);
    expect(schema.safeParse({ rows: 7, group: 3 }).error?.issues).toMatchObject([
      { path: ['rows'], message: 'must be a multiple of group' },
    ]);
    expect(schema.safeParse({ rows: 7, group: 'x' }).error?.issues).toHaveLength(1);
  });
});
