import { RecipeInvalidError, type RecipeMistake } from './recipe-invalid-error.js';
import { recipeSchema, type Recipe } from './recipe.js';
import { recipeJsonSchema, type JsonSchema } from './recipe-fields.js';
import { describeIssue } from './describe-issue.js';

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
