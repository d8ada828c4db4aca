import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  identify,
  isAlive,
  readProcessStat,
  type ProcessIdentity,
} from '../../files/process-identity.js';

/** Carries a service's token; inherited by every process the service starts. */
export const tokenVariable = 'BURNISH_SERVICE_TOKEN';

/**
 * Starts a process that outlives this one, in its own session, with its output appended to a log.
 * @throws Error if the program cannot be started.
 */
export async function startDetached(
  command: readonly string[],
  options: { variables: NodeJS.ProcessEnv; logPath: string; cwd: string },
): Promise<ProcessIdentity> {
  const [program = '', ...parameters] = command;
  mkdirSync(dirname(options.logPath), { recursive: true });
  const log = openSync(options.logPath, 'a');
  try {
    const child = spawn(program, parameters, {
      cwd: options.cwd,
      env: options.variables,
      stdio: ['ignore', log, log],
      detached: true,
    });
    const pid = await new Promise<number>((accept, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        accept(child.pid ?? 0);
      });
    });
    child.unref();
    return identify(pid);
  } finally {
    closeSync(log);
  }
}

/**
 * Ends a process and all it started: asks first, forces after `graceMs`; returns once none is left.
 *
 * Processes it left behind are found by its session and recognised by its token.
 */
export async function stopProcess(
  identity: ProcessIdentity & { token: string },
  graceMs: number,
): Promise<void> {
  if (isAlive(identity)) signal(identity.pid, 'SIGTERM');
  await waitUntil(() => !isAlive(identity), graceMs);
  await endMembers(identity, 'SIGTERM', 2_000);
  await endMembers(identity, 'SIGKILL', 5_000);
}

/** Signals the members of a service's session and waits for them; an ending process no longer shows its token. */
async function endMembers(
  service: { pid: number; token: string },
  name: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  const signalled: ProcessIdentity[] = [];
  for (const pid of sessionMembers(service)) {
    signalled.push(identify(pid));
    signal(pid, name);
  }
  const isOver = (): boolean =>
    sessionMembers(service).length === 0 && !signalled.some((member) => isAlive(member));
  await waitUntil(isOver, timeoutMs);
}

/** Process ids of a service's session that carry its token, the service itself included. */
function sessionMembers({ pid, token }: { pid: number; token: string }): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => Number.isInteger(candidate) && candidate > 1)
    .filter((candidate) => {
      const stat = readProcessStat(candidate);
      return stat?.sessionId === pid && stat.state !== 'Z' && carriesToken(candidate, token);
    });
}

function carriesToken(pid: number, token: string): boolean {
  try {
    const variables = readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0');
    return variables.includes(`${tokenVariable}=${token}`);
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime.
  }
}

/** Polls until the condition holds; false if it did not within the time. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Last lines of a log, for a message. */
export function logTail(path: string, lineCount = 10): string {
  if (!existsSync(path)) return '(no log)';
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lineCount).join('\n');
}

/**
 * Moves the content of a log that grew too large to `.1`, older ones to `.2` and so on.
 *
 * The file itself stays, cut to nothing: its service appends and keeps it open.
 */
export function rotateLog(path: string, options: { maxBytes: number; keep: number }): void {
  if (!existsSync(path) || statSync(path).size < options.maxBytes) return;
  for (let index = options.keep - 1; index >= 1; index--) {
    const older = `${path}.${index}`;
    if (existsSync(older)) renameSync(older, `${path}.${index + 1}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}
