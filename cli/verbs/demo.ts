import type { ServiceStatus } from '../../infra/services/service-state.js';
import { readRecipe } from '../../recipe/read-recipe.js';
import { formatSeconds } from '../../text/quantities.js';
import type { ExitCode } from '../failures.js';
import { ownPath } from '../resources.js';
import { withRun } from '../runs/with-run.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Starts everything, runs a recipe, prints before and after, and stops what it started.
 *
 * @throws RecipeInvalidError before anything is started.
 */
export async function demo(
  recipePath: string | undefined,
  options: { keep: boolean; terminal: Terminal },
): Promise<ExitCode> {
  const { keep, terminal } = options;
  const recipe = await readRecipe(recipePath ?? ownPath('recipes/demo.yaml'));
  const since = performance.now();
  let up: ServiceStatus[] = [];
  const onServices = (services: ServiceStatus[]): void => {
    up = services;
    printUi(up, terminal);
  };
  const code = await withRun(recipe, { keep, terminal, onServices }, () => {
    if (!keep) return;
    terminal.print('The services are left up; `burnish down` stops them.');
    printUi(up, terminal);
  });
  terminal.print(`In all ${formatSeconds((performance.now() - since) / 1000)}.`);
  return code;
}

function printUi(services: ServiceStatus[], terminal: Terminal): void {
  const uiUrl = services.find(({ name }) => name === 'temporal')?.uiUrl;
  if (uiUrl !== undefined) terminal.print(`Temporal UI: ${uiUrl}`);
}
