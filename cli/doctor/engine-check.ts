import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inheritVariables } from '../../infra/environment.js';
import type { Check } from './finding.js';

const execute = promisify(execFile);
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
          return {
            state: 'ok',
            found: `addon loads, libtensorflow ${answer.libtensorflow} ${own}`,
          };
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
