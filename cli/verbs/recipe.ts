import { readRecipe } from '../../recipe/read-recipe.js';
import { ExitCode } from '../failures.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Prints a checked recipe, defaults filled in, as the JSON that `temporal workflow start --input-file` takes.
 *
 * @throws RecipeInvalidError listing every mistake.
 */
export async function recipe(path: string, terminal: Terminal): Promise<ExitCode> {
  terminal.print(JSON.stringify(await readRecipe(path), undefined, 2));
  return ExitCode.ok;
}
