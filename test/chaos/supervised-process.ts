import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '../../files/process-identity.js';
import { logTail, startDetached, waitUntil } from '../../infra/services/processes.js';
import { enginesOf } from './engine-processes.js';

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
const lookMs = 50;

/** What runs now: nothing of it may outlive this process, however it ends. */
const running = new Set<ProcessIdentity>();
process.on('exit', () => {
  for (const identity of running) {
    if (!isAlive(identity)) continue;
    for (const pid of [...enginesOf(identity.pid), identity.pid]) signal(pid, 'SIGKILL');
  }
});

/**
 * A process that is started again whenever it ends, as a service manager would; wait for `untilReady` before use.
 *
 * It is started as `burnish up` starts a service. It is not ended as `burnish down` ends one, which sweeps up what a
 * service leaves behind: here what is left is a finding.
 */
export class SupervisedProcess {
  /** Moment of the newest start, milliseconds since 1970. */
  startedAt = 0;
  readonly #plan: ProcessPlan;
  /** How often it ended though this suite had not asked for it. */
  #unaskedEndings = 0;
  #process: ProcessIdentity | undefined;
  /** Moment from which on it is started when it is not there. */
  #startAt = 0;
  #starting = Promise.resolve();
  #isStopped = false;

  constructor(plan: ProcessPlan) {
    this.#plan = plan;
    void this.#supervise();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Kills it at once; it comes back after `downMs`. */
  async kill(downMs: number): Promise<void> {
    await this.#end('SIGKILL');
    this.#startAt = Date.now() + downMs;
  }

  /** Asks it to end, forces it after `graceMs`, and leaves it down until `bringUp`. */
  async takeDown(graceMs: number): Promise<void> {
    await this.#end('SIGTERM', graceMs);
  }

  bringUp(): void {
    this.#startAt = 0;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.pid !== undefined) signal(this.pid, name);
  }

  /** Waits until the process of now, or its successor, serves. */
  async untilReady(): Promise<void> {
    const failuresBefore = this.#unaskedEndings;
    const { name, logPath, isReady } = this.#plan;
    while (this.#process === undefined || !(await isReady())) {
      if (this.#isStopped) throw new Error(`${name} was stopped before it was ready.`);
      if (this.#unaskedEndings > failuresBefore + mostFailures)
        throw new Error(`${name} does not start; its log ends with:\n${logTail(logPath)}`);
      await sleep(lookMs);
    }
  }

  /** As `takeDown`, for good. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    await this.takeDown(graceMs);
  }

  async #supervise(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#process !== undefined && !isAlive(this.#process)) {
        running.delete(this.#process);
        this.#process = undefined;
        this.#unaskedEndings += 1;
        this.#startAt = Date.now() + restartMs;
      }
      if (this.#process === undefined && Date.now() >= this.#startAt) {
        this.#starting = this.#start();
        await this.#starting;
      }
      await sleep(lookMs);
    }
  }

  async #start(): Promise<void> {
    this.#plan.prepare?.();
    this.startedAt = Date.now();
    this.#process = await startDetached(this.#plan.command, this.#plan);
    running.add(this.#process);
  }

  /** Ends the process of now, so that it counts as asked for, and lets no other start. */
  async #end(name: NodeJS.Signals, graceMs = Infinity): Promise<void> {
    this.#startAt = Infinity;
    await this.#starting;
    const ending = this.#process;
    if (ending === undefined) return;
    this.#process = undefined;
    const isGone = (): boolean => !isAlive(ending);
    signal(ending.pid, name);
    // A stopped process acts on the signal once it goes on.
    signal(ending.pid, 'SIGCONT');
    if (!(await waitUntil(isGone, graceMs))) signal(ending.pid, 'SIGKILL');
    await waitUntil(isGone, Infinity);
    running.delete(ending);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in the meantime.
  }
}
