import type { ServiceStatus } from '../../infra/services/service-state.js';
import { servicesDown, servicesUp } from '../../infra/services/services.js';
import { ExitCode } from '../failures.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** Starts what is not running, and prints where everything is. */
export async function up(terminal: Terminal): Promise<ExitCode> {
  const services = await servicesUp({ onProgress: (line) => terminal.note(line) });
  for (const line of renderServices(services)) terminal.print(line);
  return ExitCode.ok;
}

/** Ends every process that Burnish started on this machine; runs go on at the next `up`. */
export async function down(terminal: Terminal): Promise<ExitCode> {
  await servicesDown({ onProgress: (line) => terminal.note(line) });
  return ExitCode.ok;
}

/** Returns a table of the services and workers: state, process, address, and what a worker serves. */
export function renderServices(services: ServiceStatus[]): string[] {
  return renderTable(
    [
      { title: 'service' },
      { title: 'state' },
      { title: 'pid', align: 'right' },
      { title: 'where' },
    ],
    services.map(({ name, state, pid, address, uiUrl, pools, logPath }) => [
      name,
      state,
      pid === undefined ? '-' : String(pid),
      [
        address ?? '',
        uiUrl === undefined ? '' : `UI ${uiUrl}`,
        pools === undefined ? '' : `pools ${pools.join(', ')}`,
        state === 'crashed' && logPath !== undefined ? `log ${logPath}` : '',
      ]
        .filter((part) => part !== '')
        .join('  '),
    ]),
  );
}
