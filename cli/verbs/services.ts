import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectEnvironment } from '../../infra/services/connect-environment.js';
import type { ServiceStatus } from '../../infra/services/service-state.js';
import { servicesDown, servicesUp } from '../../infra/services/services.js';
import { ExitCode } from '../failures.js';
import { requireServices } from '../resources.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const workerProgram = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));

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

/**
 * Serves pools in the foreground until a signal; a training segment that runs then writes a checkpoint first.
 *
 * @throws UnavailableError naming the service that is not running.
 */
export async function worker(pools: string[]): Promise<ExitCode> {
  requireServices(connectEnvironment());
  const parameters = [...process.execArgv, workerProgram, '--pool', pools.join(',')];
  const child = spawn(process.execPath, parameters, { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  // A terminal sends Ctrl-C to the child itself, and a second one would end it at once.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', passOn);
  process.on('SIGHUP', passOn);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code === 0 ? ExitCode.ok : ExitCode.runFailed);
    });
  });
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
