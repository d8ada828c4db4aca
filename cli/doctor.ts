import { connectEnvironment } from '../infra/services/connect-environment.js';
import { engineCheck } from './doctor/engine-check.js';
import { examine, renderFindings } from './doctor/finding.js';
import { machineChecks } from './doctor/machine-checks.js';
import { serviceChecks } from './doctor/service-checks.js';
import { ExitCode } from './failures.js';
import type { Terminal } from './terminal.js';

/**
 * Checks every part and says what to mend.
 *
 * A service of Burnish's own that is simply not running is no fault: it is started when it is needed.
 */
export async function doctor(options: { json: boolean; terminal: Terminal }): Promise<ExitCode> {
  const { json, terminal } = options;
  const environment = connectEnvironment();
  const checks = [...machineChecks(environment), engineCheck(), ...serviceChecks(environment)];
  const findings = await Promise.all(checks.map(examine));
  if (json) terminal.print(JSON.stringify({ findings }));
  else for (const line of renderFindings(findings, terminal.paint)) terminal.print(line);
  return findings.some(({ state }) => state === 'bad') ? ExitCode.environment : ExitCode.ok;
}
