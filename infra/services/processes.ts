import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Carries a service's token; inherited by every process the service starts. */
export const tokenVariable = 'BURNISH_SERVICE_TOKEN';

/** A process and the moment it began: together they never name another process. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

interface ProcessStat {
  state: string;
  sessionId: number;
  startTime: string;
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name before the last parenthesis may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', sessionId: Number(fields[3]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether exactly this process is still there and not a zombie. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z';
}

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
    return { pid, startTime: readStat(pid)?.startTime ?? '' };
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

/** Signals the members of a service's session and waits for them: a process that is ending shows its token no more. */
async function endMembers(
  service: { pid: number; token: string },
  name: NodeJS.Signals,
  timeoutMs: number,
): Promise<void> {
  const signalled: ProcessIdentity[] = [];
  for (const pid of sessionMembers(service)) {
    signalled.push({ pid, startTime: readStat(pid)?.startTime ?? '' });
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
      const stat = readStat(candidate);
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
