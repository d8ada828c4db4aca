import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeNodeProblem } from '../../../infra/bootstrap/versions.mjs';
import { inheritVariables, type Environment } from '../../../infra/environment.js';
import { firstLine } from '../../../text/lines.js';
import { formatBytes } from '../../../text/quantities.js';
import { judge, type Check } from './finding.js';

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
        return judge(problem === undefined, process.version, problem ?? '');
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
        const mend = `Free at least ${formatBytes(leastFreeBytes)}.`;
        return judge(free >= leastFreeBytes, found, mend);
      },
    },
    {
      part: 'threads',
      examine: () => {
        const found = `TensorFlow may use ${String(threads)} of ${String(availableParallelism())}; ${formatBytes(totalmem())} of memory`;
        const mend = 'Lower BURNISH_THREADS: more threads than processors slow training down.';
        return judge(threads <= availableParallelism(), found, mend);
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
        const found = `${path} does not run: ${firstLine((error as Error).message)}`;
        return { state: 'bad', found, mend: 'Run `npm run bootstrap`.' };
      }
    },
  };
}

const probe = fileURLToPath(new URL('./probe-addon.ts', import.meta.url));

/** Returns the check of the TensorFlow addon; it runs in a child process, since a broken addon ends its process. */
export function engineCheck(): Check {
  return {
    part: 'TensorFlow',
    examine: async () => {
      try {
        const { stdout } = await execute(process.execPath, [...process.execArgv, probe], {
          timeout: 60_000,
          env: inheritVariables({ TF_CPP_MIN_LOG_LEVEL: '3' }),
        });
        const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
          product: number;
          libtensorflow: string;
          kernels: boolean;
        };
        if (answer.product === 6) {
          const own = answer.kernels
            ? 'with the operations of engine/kernels'
            : 'without the operations of engine/kernels, whose headers it lacks: slower on a CPU';
          const found = `addon loads, libtensorflow ${answer.libtensorflow} ${own}`;
          return { state: 'ok', found };
        }
        return {
          state: 'bad',
          found: `addon loads but computes 2 x 3 = ${String(answer.product)}`,
          mend: 'Remove node_modules/@tensorflow and run `npm run bootstrap`.',
        };
      } catch (error) {
        const { stderr = '', message } = error as { stderr?: string; message: string };
        const line = (stderr || message)
          .split('\n')
          .find((text) => /error|cannot|failed/i.test(text));
        return {
          state: 'bad',
          found: `addon does not load: ${(line ?? message).trim().slice(0, 200)}`,
          mend: 'Run `npm run bootstrap`; it builds the addon against libtensorflow.',
        };
      }
    },
  };
}
