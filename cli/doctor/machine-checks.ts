import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { describeNodeProblem } from '../../infra/bootstrap/versions.mjs';
import type { Environment } from '../../infra/environment.js';
import { firstLine } from '../../text/lines.js';
import { formatBytes } from '../../text/quantities.js';
import type { Check } from './finding.js';

const execute = promisify(execFile);

/** A demo's artifacts, checkpoints and databases take a few hundred megabytes. */
const leastFreeBytes = 2e9;

/** Returns the checks of this machine: Node, the two programs, disk and threads. */
export function machineChecks(environment: Environment): Check[] {
  const { paths, temporal, s3, threads } = environment;
  return [
    {
      part: 'Node',
      examine: () => {
        const problem = describeNodeProblem(process.version);
        return Promise.resolve(
          problem === undefined
            ? { state: 'ok', found: process.version }
            : { state: 'bad', found: process.version, mend: problem },
        );
      },
    },
    program('Temporal program', paths.temporalProgram, temporal.isExternal),
    program('S3 server program', paths.s3GatewayProgram, s3.isExternal),
    {
      part: 'disk',
      examine: async () => {
        const { bavail, bsize } = await statfs(paths.project);
        const free = bavail * bsize;
        const found = `${formatBytes(free)} free at ${paths.project}`;
        return free >= leastFreeBytes
          ? { state: 'ok', found }
          : { state: 'bad', found, mend: `Free at least ${formatBytes(leastFreeBytes)}.` };
      },
    },
    {
      part: 'threads',
      examine: () => {
        const found = `TensorFlow may use ${String(threads)} of ${String(availableParallelism())}; ${formatBytes(totalmem())} of memory`;
        return Promise.resolve(
          threads <= availableParallelism()
            ? { state: 'ok', found }
            : {
                state: 'bad',
                found,
                mend: 'Lower BURNISH_THREADS: more threads than processors slow training down.',
              },
        );
      },
    },
  ];
}

function program(part: string, path: string, isExternal: boolean): Check {
  return {
    part,
    examine: async () => {
      if (isExternal) return { state: 'ok', found: 'not needed: the environment names a server' };
      try {
        const { stdout, stderr } = await execute(path, ['--version'], { timeout: 20_000 });
        const version = firstLine((stdout + stderr).trim());
        return { state: 'ok', found: `${version} (${path})` };
      } catch (error) {
        return {
          state: 'bad',
          found: `${path} does not run: ${firstLine((error as Error).message)}`,
          mend: 'Run `npm run bootstrap`.',
        };
      }
    },
  };
}
