import { z } from 'zod';

// A recipe's section is a table of fields, and one row says all there is to say of a field:
//   iterations: field('Rollout phases.', int(78, [1, 1e7], 'phases', `${CODE} (5,000 steps)`)),
// The schema that checks recipes, the JSON Schema for editors and docs/recipe.md are all made from these rows.

/** Where defaults come from. */
export const PAPER = 'the paper';
export const CODE = "the paper's released code";
export const OURS = 'ours';

/** What may stand in a field. */
export interface FieldValue<Schema extends z.ZodType> {
  schema: Schema;
  /** Unit of a number; `none` for pure numbers such as shares and factors. */
  unit?: string;
  /** Where the default comes from: the paper, its released code, or ours with the reason. Absent for required fields. */
  from?: string;
}

/** A field: what it means, and what may stand in it. */
export function field<Schema extends z.ZodType>(
  meaning: string,
  { schema, ...notes }: FieldValue<Schema>,
): Schema {
  return schema.meta(metadataOf(meaning, notes));
}

/** Fields under one name; `from` says where the default comes from if that is not the fields' own. */
export function section<Fields extends z.ZodRawShape>(
  meaning: string,
  fields: Fields,
  from?: string,
): z.ZodObject<Fields, z.core.$strict> {
  const schema = z.strictObject(fields);
  return schema.meta(metadataOf(meaning, from === undefined ? {} : { from }));
}

/** Fields under a name that may be left out: each then has its default. */
export function openSection<Fields extends z.ZodRawShape>(
  meaning: string,
  fields: Fields,
  ...rules: Rule[]
): z.ZodPrefault<z.ZodObject<Fields, z.core.$strict>> {
  const schema = rules.reduce((checked, rule) => checked.refine(...rule), z.strictObject(fields));
  // A field without a default would be missing in every recipe: the first one that is read says so.
  return schema.prefault({} as z.input<typeof schema>).meta(metadataOf(meaning, {}));
}

/** What `.meta()` holds: one description for people, and its parts for tables and tests. */
function metadataOf(
  meaning: string,
  { unit, from }: Omit<FieldValue<z.ZodType>, 'schema'>,
): Record<string, unknown> {
  const inUnit = unit === undefined || unit === 'none' ? '' : ` Unit: ${unit}.`;
  return {
    description: `${meaning}${inUnit}${from === undefined ? '' : ` Default from: ${from}.`}`,
    'x-meaning': meaning,
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(from === undefined ? {} : { 'x-from': from }),
  };
}

/** Least and greatest number of a field, which may itself be written unless `above` or `below` says otherwise. */
type Bounds = readonly [least: number | { above: number }, greatest: number | { below: number }];
type NumberRow<Default = number> = [value: Default, bounds: Bounds, unit: string, from: string];

/** The bound of numbers greater than a limit. */
export const above = (limit: number): { above: number } => ({ above: limit });
/** The bound of numbers less than a limit. */
export const below = (limit: number): { below: number } => ({ below: limit });

/** A whole number; an infinite bound is no bound. */
export function int(...[value, bounds, unit, from]: NumberRow): FieldValue<z.ZodDefault<z.ZodInt>> {
  return { schema: within(z.int(), bounds).default(value), unit, from };
}

/** A whole number, or null for none. */
export function intOrNull(
  ...[value, bounds, unit, from]: NumberRow<number | null>
): FieldValue<z.ZodDefault<z.ZodNullable<z.ZodInt>>> {
  return { schema: within(z.int(), bounds).nullable().default(value), unit, from };
}

/** A number. */
export function number(
  ...[value, bounds, unit, from]: NumberRow
): FieldValue<z.ZodDefault<z.ZodNumber>> {
  return { schema: within(z.number(), bounds).default(value), unit, from };
}

/** A number, or null for none. */
export function numberOrNull(
  ...[value, bounds, unit, from]: NumberRow<number | null>
): FieldValue<z.ZodDefault<z.ZodNullable<z.ZodNumber>>> {
  return { schema: within(z.number(), bounds).nullable().default(value), unit, from };
}

/** A part of a whole, from 0 to 1. */
export function share(value: number, from: string): FieldValue<z.ZodDefault<z.ZodNumber>> {
  return number(value, [0, 1], 'none', from);
}

function within<Schema extends z.ZodNumber>(schema: Schema, [least, greatest]: Bounds): Schema {
  const bounded = typeof least === 'number' ? schema.min(least) : schema.gt(least.above);
  if (greatest === Infinity) return bounded;
  return typeof greatest === 'number' ? bounded.max(greatest) : bounded.lt(greatest.below);
}

/** True or false. */
export function flag(value: boolean, from: string): FieldValue<z.ZodDefault<z.ZodBoolean>> {
  return { schema: z.boolean().default(value), from };
}

/** One of several words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  value: Words[number],
  from: string,
): FieldValue<z.ZodDefault<z.ZodEnum<z.core.util.ToEnum<Words[number]>>>> {
  const schema = z.enum(words);
  return { schema: schema.default(value), from };
}

/** A text that is not empty. */
export function text(value: string, from: string): FieldValue<z.ZodDefault<z.ZodString>> {
  return { schema: z.string().min(1).default(value), from };
}

/** A text that may be left out, and then is not there. */
export function optionalText(from: string): FieldValue<z.ZodOptional<z.ZodString>> {
  return { schema: z.string().min(1).optional(), from };
}

/** Arguments of `.refine` for a condition that is checked even when other fields are wrong. */
export type Rule = [
  (value: unknown) => boolean,
  { path: PropertyKey[]; error: string; when: () => boolean },
];

/**
 * Arguments of `.refine` for a condition between number fields of one section.
 *
 * It is checked even when other fields of the section are wrong, so that every mistake is listed at once, and passes
 * when one of its own fields is not a number, which is a mistake of its own.
 */
export function relation<Field extends string>(
  fields: readonly [Field, ...Field[]],
  holds: (values: Record<Field, number>) => boolean,
  message: string,
): Rule {
  const check = (value: unknown): boolean => {
    const values = (value ?? {}) as Record<Field, unknown>;
    if (!fields.every((name) => typeof values[name] === 'number')) return true;
    return holds(values as Record<Field, number>);
  };
  return [check, { path: [fields[0]], error: message, when: () => true }];
}

/** Arguments of `.refine`: shares that are scaled to sum to 1 have a sum. */
export function sharesNotAllZero<Share extends string>(shares: readonly [Share, ...Share[]]): Rule {
  return relation(
    shares,
    (values) => shares.reduce((sum, name) => sum + values[name], 0) > 0,
    `the ${shares.length === 3 ? 'three' : 'four'} shares must not all be 0`,
  );
}

/** Arguments of `.refine`: one number divides another without a rest. */
export function multipleOf<Field extends string>(name: Field, divisor: Field): Rule {
  return relation(
    [name, divisor],
    (values) => values[name] % values[divisor] === 0,
    `must be a multiple of ${divisor}`,
  );
}
