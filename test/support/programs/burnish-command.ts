import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritVariables } from '../../../infra/environment.js';

const command = fileURLToPath(new URL('../../../bin/burnish', import.meta.url));

/** How a command ended. */
export interface Ending {
  /** Exit code; -1 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface BurnishCommand {
  /** Runs the command to its end. */
  run(words: string[], variables?: Record<string, string>): Promise<Ending>;
  /** Starts the command and leaves it to the caller. */
  start(words: string[]): ChildProcess;
}

/**
 * The real `burnish` command with its state in `folder`/home and its working directory in `folder`.
 *
 * It sees no service of another test or person, whatever this process's variables name.
 */
export function createBurnishCommand(folder: string): BurnishCommand {
  const environmentOf = (variables: Record<string, string>): NodeJS.ProcessEnv => {
    const { PATH } = inheritVariables({});
    return { PATH, HOME: folder, BURNISH_HOME: `${folder}/home`, ...variables };
  };
  return {
    run: (words, variables = {}) =>
      new Promise((resolve) => {
        const options = { env: environmentOf(variables), cwd: folder, maxBuffer: 1 << 26 };
        execFile(command, words, options, (error, stdout, stderr) => {
          const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
          resolve({ code, stdout, stderr });
        });
      }),
    start: (words) =>
      spawn(command, words, {
        env: environmentOf({}),
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
  };
}
