import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectEnvironment } from '../../infra/services/connect-environment.js';
import { ExitCode } from '../failures.js';
import { requireServices } from '../resources.js';

const workerProgram = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));

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
