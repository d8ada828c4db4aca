import { readRecipe } from '../recipe/read-recipe.js';
import type { ServiceStatus } from '../infra/services/service-names.js';
import { digestOf } from '../files/digest.js';
import { ExitCode } from './failures.js';
import { withInterrupt } from './interrupt.js';
import { formatSeconds } from '../text/quantities.js';
import { ownPath, withRuns } from './resources.js';
import { concludeRun } from './run/conclude-run.js';
import { superviseRun } from './run/supervised-run.js';
import { withServices } from './services-session.js';
import type { Terminal } from './terminal.js';

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
  const patient = (again: boolean): void => {
    terminal.note(again ? 'Still stopping what was started.' : '\nStopping what was started.');
  };
  const code = await withInterrupt(
    (signal) =>
      withServices({ keep, terminal }, async (services) => {
        if (signal.aborted) return ExitCode.detached;
        printUi(services, terminal);
        return withRuns(async ({ client, places }) => {
          const workflowId = `${recipe.name}-${digestOf(recipe).slice(0, 8)}`;
          const snapshot = await superviseRun(client, recipe, { workflowId, terminal, signal });
          if (snapshot === undefined) return ExitCode.detached;
          await concludeRun(client, snapshot, { terminal, json: false, ...places });
          if (keep) {
            terminal.print('The services are left up; `burnish down` stops them.');
            printUi(services, terminal);
          }
          return ExitCode.ok;
        });
      }),
    { patient },
  );
  terminal.print(`In all ${formatSeconds((performance.now() - since) / 1000)}.`);
  return code;
}

function printUi(services: ServiceStatus[], terminal: Terminal): void {
  const uiUrl = services.find(({ name }) => name === 'temporal')?.uiUrl;
  if (uiUrl !== undefined) terminal.print(`Temporal UI: ${uiUrl}`);
}
