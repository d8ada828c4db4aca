import type { ServiceStatus } from '../infra/services/service-names.js';
import { renderTable } from './table.js';

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
