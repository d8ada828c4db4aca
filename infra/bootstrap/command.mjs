import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A failure the user can mend; shown without a stack trace. */
export class BootstrapError extends Error {
  /**
   * @param {string} message what was expected, what was found and what to do
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, options) {
    super(message, options);
    this.name = 'BootstrapError';
  }
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * What a short command prints, or undefined if it is missing or fails.
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string | undefined}
 */
export function outputOf(command, environment = process.env) {
  const [program = '', ...parameters] = command;
  const result = spawnSync(program, parameters, {
    encoding: 'utf8',
    timeout: 30_000,
    env: environment,
  });
  return result.status === 0 ? result.stdout + result.stderr : undefined;
}

/**
 * Runs a long command with its output in a log file.
 * @param {string[]} command
 * @param {{ cwd?: string, environment: NodeJS.ProcessEnv, log: string }} options
 * @throws {BootstrapError} with the end of the log if the command fails
 */
export async function runLogged(command, options) {
  const [program = '', ...parameters] = command;
  mkdirSync(dirname(options.log), { recursive: true });
  const output = openSync(options.log, 'w');
  try {
    const guard = fileURLToPath(new URL('guard.mjs', import.meta.url));
    // Its own process group, so that ending it also ends the compilers it started.
    const child = spawn(process.execPath, [guard, program, ...parameters], {
      cwd: options.cwd,
      env: options.environment,
      stdio: ['pipe', output, output],
      detached: true,
    });
    running.add(child);
    const outcome = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(code ?? signal));
    });
    running.delete(child);
    if (outcome !== 0) {
      const lines = readFileSync(options.log, 'utf8').trimEnd().split('\n');
      // npm says what is wrong first and how to use it last; compilers and pip say it last.
      const tail = lines.length > 16 ? [...lines.slice(0, 4), '...', ...lines.slice(-12)] : lines;
      throw new BootstrapError(
        `\`${command.join(' ')}\` failed (${String(outcome)}); its log ${options.log} says:\n` +
          tail.map((line) => `  | ${line}`).join('\n'),
      );
    }
  } finally {
    closeSync(output);
  }
}

/** Ends every command of `runLogged` still running, with the processes it started; resolves once they are gone. */
export async function stopRunningCommands() {
  const endings = [...running].map((child) => {
    const ending = new Promise((resolve) => child.once('close', resolve));
    child.stdin?.end();
    return ending;
  });
  await Promise.all(endings);
}
