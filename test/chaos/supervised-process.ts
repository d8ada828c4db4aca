import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enginesOf } from './engine-processes.js';

/** A process that is started again whenever it ends, as a service manager would. */
export interface SupervisedProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Moment of the newest start, milliseconds since 1970. */
  readonly startedAt: number;
  /** How often it ended though nobody here had asked for it. */
  readonly unaskedEndings: number;
  /** Kills it at once; it comes back after `downMs`. */
  kill(downMs: number): Promise<void>;
  /** Asks it to end, forces it after `graceMs`, and leaves it down until `bringUp`. */
  takeDown(graceMs: number): Promise<void>;
  bringUp(): void;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Waits until the process of now, or its successor, serves. */
  untilReady(): Promise<void>;
  /** As `takeDown`, for good. */
  stop(graceMs: number): Promise<void>;
}

export interface ProcessPlan {
  name: string;
  command: readonly string[];
  variables: NodeJS.ProcessEnv;
  cwd: string;
  logPath: string;
  /** Called before every start. */
  prepare?: () => void;
  isReady: () => Promise<boolean>;
}

/** A service manager waits before it starts again what ended by itself. */
const restartMs = 1000;
/** Starts in a row that may fail, as while a server that it needs is away. */
const mostFailures = 60;

/** What runs now: nothing of it may outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) {
    for (const pid of [...enginesOf(child.pid), child.pid ?? 0]) if (pid > 1) killNow(pid);
  }
});

/** Starts a process under supervision; wait for `untilReady` before use. */
export function superviseProcess(plan: ProcessPlan): SupervisedProcess {
  let child: ChildProcess | undefined;
  let startedAt = 0;
  let unaskedEndings = 0;
  /** False: it is to stay down. */
  let wanted = true;
  let stopped = false;
  let endingAsked = false;

  const start = (): void => {
    if (child !== undefined || stopped) return;
    plan.prepare?.();
    mkdirSync(dirname(plan.logPath), { recursive: true });
    const log = openSync(plan.logPath, 'a');
    const [program = '', ...parameters] = plan.command;
    const started = spawn(program, parameters, {
      cwd: plan.cwd,
      env: plan.variables,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    startedAt = Date.now();
    child = started;
    running.add(started);
    started.once('exit', () => {
      child = undefined;
      running.delete(started);
      if (endingAsked || !wanted) return;
      unaskedEndings += 1;
      setTimeout(start, restartMs);
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    if (running === undefined) return;
    endingAsked = true;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
    endingAsked = false;
  };
  const takeDown = async (graceMs: number): Promise<void> => {
    wanted = false;
    const running = child;
    const force = setTimeout(() => running?.kill('SIGKILL'), graceMs);
    running?.kill('SIGCONT');
    await end('SIGTERM');
    clearTimeout(force);
  };

  start();
  return {
    name: plan.name,
    get pid() {
      return child?.pid;
    },
    get startedAt() {
      return startedAt;
    },
    get unaskedEndings() {
      return unaskedEndings;
    },
    kill: async (downMs) => {
      await end('SIGKILL');
      setTimeout(start, downMs);
    },
    signal: (name) => {
      child?.kill(name);
    },
    untilReady: async () => {
      const failuresBefore = unaskedEndings;
      while (child === undefined || !(await plan.isReady())) {
        if (stopped) throw new Error(`${plan.name} was stopped before it was ready.`);
        if (unaskedEndings > failuresBefore + mostFailures)
          throw new Error(`${plan.name} does not start; its log ${plan.logPath} says why.`);
        await sleep(50);
      }
    },
    takeDown,
    bringUp: () => {
      wanted = true;
      start();
    },
    stop: async (graceMs) => {
      stopped = true;
      await takeDown(graceMs);
    },
  };
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
