import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** A mistake before its line is known. */
interface IssueMistake {
  path: (string | number)[];
  message: string;
}

const MAX_SHOWN = 80;

/**
 * What is wrong, in words: the value found, what was expected, and the nearest known name for an unknown one.
 *
 * An issue with several unknown fields gives one mistake each.
 */
export function describeIssue(
  issue: Issue,
  recipe: unknown,
  fieldsAt: (path: (string | number)[]) => string[],
): IssueMistake[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(path);
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownField(key, known) }));
  }
  if (issue.code === 'invalid_union') {
    // Of the forms a value may have, the one it has by its type: what is wrong with it there.
    const form = issue.errors.find(
      (each) => !each.some((one) => one.path.length === 0 && one.code === 'invalid_type'),
    );
    if (form !== undefined) {
      return form.flatMap((one) =>
        describeIssue({ ...one, path: [...issue.path, ...one.path] }, recipe, fieldsAt),
      );
    }
  }
  const value = valueAt(recipe, path);
  if (value === undefined && issue.code !== 'custom') {
    return [{ path, message: `required and not given; expected ${expectationOf(issue, value)}` }];
  }
  const expectation = expectationOf(issue, value);
  const message =
    issue.code === 'custom'
      ? `${expectation}${value === undefined ? '' : `; found ${show(value)}`}`
      : `found ${show(value)}, expected ${expectation}`;
  return [{ path, message }];
}

function unknownField(key: string, known: string[]): string {
  const nearest = nearestName(key, known);
  return nearest === undefined
    ? `unknown field; known here: ${known.join(', ')}`
    : `unknown field; did you mean \`${nearest}\`?`;
}

function expectationOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type') return typeNames[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small') {
    return `${issue.inclusive ? 'at least' : 'more than'} ${amount(issue.minimum, issue.origin)}`;
  }
  if (issue.code === 'too_big') {
    return `${issue.inclusive ? 'at most' : 'less than'} ${amount(issue.maximum, issue.origin)}`;
  }
  if (issue.code === 'invalid_value') {
    const names = issue.values.map(String);
    const nearest = typeof value === 'string' ? nearestName(value, names) : undefined;
    const hint = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
    return `one of ${names.join(', ')}${hint}`;
  }
  if (issue.code === 'invalid_union') {
    const types = issue.errors
      .flat()
      .flatMap((one) =>
        one.code === 'invalid_type' ? [typeNames[one.expected] ?? one.expected] : [],
      );
    return [...new Set(types)].join(' or ');
  }
  return issue.message;
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields with names',
};

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters`;
  return origin === 'array'
    ? `${limit} ${Number(limit) === 1 ? 'entry' : 'entries'}`
    : String(limit);
}

/** A value as JSON, cut to a length that fits a line. */
function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function valueAt(recipe: unknown, path: (string | number)[]): unknown {
  let value = recipe;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * The known name that differs from a misspelt one by the fewest edits, or undefined when none is near: at most a third
 * of its letters, case and separators aside.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const other = plain(candidate);
    const edits = distance(wanted, other);
    if (edits < bestDistance && edits <= Math.max(wanted.length, other.length) / 3) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** A name without case and separators, cut to a length that is quick to compare. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_\s]/g, '')
    .slice(0, 100);
}
