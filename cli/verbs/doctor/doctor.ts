import { withWorkFolder } from '../../../files/work-folder.js';
import type { Environment } from '../../../infra/environment.js';
import { connectEnvironment } from '../../../infra/services/connect-environment.js';
import { probeStore } from '../../../storage/probe.js';
import { ExitCode } from '../../failures.js';
import { connectToTemporal, readPlaces } from '../../resources.js';
import type { Terminal } from '../../terminal/terminal.js';
import { examine, judge, renderFindings, type Check, type Finding } from './finding.js';
import { engineCheck, machineChecks } from './machine-checks.js';

/**
 * Checks every part and prints what to mend.
 *
 * An embedded service that is not running is no fault: it is started when it is needed.
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

const notRunning: Omit<Finding, 'part'> = {
  state: 'off',
  found: 'not running',
  mend: 'Start it with `burnish up`; `burnish demo` and `npm run demo` start it by themselves.',
};

/** Returns the checks of the servers: Temporal, the object store, the simulator. */
function serviceChecks(environment: Environment): Check[] {
  const { temporal, s3, simulatorUrl } = environment;
  return [
    {
      part: 'Temporal',
      examine: async () => {
        if (!temporal.isExternal && temporal.address === undefined) return notRunning;
        const { client, address, close } = await connectToTemporal(environment);
        try {
          const { namespace } = client.options;
          await client.workflowService.describeNamespace({ namespace });
          const version = (await client.workflowService.getSystemInfo({})).serverVersion;
          return { state: 'ok', found: `${address}, namespace ${namespace}, server ${version}` };
        } finally {
          await close();
        }
      },
    },
    {
      part: 'object store',
      examine: async () => {
        if (!s3.isExternal && s3.endpoint === undefined) return notRunning;
        const { store } = readPlaces(environment);
        const { ok, findings } = await withWorkFolder(environment.paths.cache, (folder) =>
          probeStore(store, { folder, allowIgnoredPreconditions: true }),
        );
        const failed = findings.filter((finding) => !finding.ok);
        const found = `${store.bucketUri} at ${s3.endpoint ?? s3.region}: ${String(findings.length - failed.length)} of ${String(findings.length)} checks`;
        const mend = failed.map(({ check, message }) => `${check}: ${message}`).join(' ');
        return judge(ok, found, mend);
      },
    },
    {
      part: 'simulator',
      examine: async () => {
        if (simulatorUrl === undefined) return notRunning;
        const response = await fetch(new URL('/v2/health/ready', simulatorUrl), {
          signal: AbortSignal.timeout(5000),
        });
        if (response.ok) return { state: 'ok', found: simulatorUrl };
        return {
          state: 'bad',
          found: `${simulatorUrl} answers ${String(response.status)}`,
          mend: 'Correct BURNISH_SIMULATOR_URL, or unset it to use the one that `burnish up` starts.',
        };
      },
    },
  ];
}
