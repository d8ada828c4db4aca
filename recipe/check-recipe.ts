import { describeIssue } from './describe-issue.js';
import { recipeJsonSchema, recipeSchema, type JsonSchema, type Recipe } from './recipe.js';

/** One mistake of a recipe. */
export interface RecipeMistake {
  /** Dotted path of the field, for example `collect.maxWords`; empty for the whole recipe. */
  path: string;
  /** What was found, what was expected, and the nearest known name where that helps. */
  message: string;
  /** Line in the file, counted from 1, where it is known. */
  line?: number;
}

/** A recipe has mistakes; the message lists every one, one a line. */
export class RecipeInvalidError extends Error {
  override readonly name = 'RecipeInvalidError';
  readonly mistakes: RecipeMistake[];

  constructor(origin: string, mistakes: RecipeMistake[]) {
    const lines = mistakes.map(({ path, message, line }) => {
      const place = line === undefined ? '' : `line ${line}: `;
      return `  ${place}${path === '' ? '' : `${path}: `}${message}`;
    });
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
    super(`The recipe ${origin} has ${count}:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}

/** Where a field stands in the recipe's file, when it came from one. */
export type LineOf = (path: (string | number)[]) => number | undefined;

/**
 * A recipe with its defaults filled in.
 *
 * @throws RecipeInvalidError with every mistake: its path, what was found, what was expected, and the line if known.
 */
export function checkRecipe(
  value: unknown,
  { origin, lineOf = () => undefined }: { origin: string; lineOf?: LineOf },
): Recipe {
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const mistakes = result.error.issues.flatMap((issue) =>
    describeIssue(issue, value, knownFields).map(({ path, message }): RecipeMistake => {
      const line = lineOf(path);
      return { path: path.join('.'), message, ...(line === undefined ? {} : { line }) };
    }),
  );
  mistakes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  throw new RecipeInvalidError(origin, mistakes);
}

/** Names of the fields directly under a section, or under an entry of a list. */
function knownFields(path: (string | number)[]): string[] {
  let nodes = [recipeJsonSchema()];
  for (const step of path) {
    nodes = formsOf(nodes).flatMap((node) => {
      const next = typeof step === 'number' ? node.items : node.properties?.[step];
      return next === undefined ? [] : [next];
    });
  }
  return [...new Set(formsOf(nodes).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function formsOf(nodes: JsonSchema[]): JsonSchema[] {
  return nodes.flatMap((node) => [node, ...(node.anyOf ?? [])]);
}
