import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  EngineCheckpoint,
  EngineJob,
  EngineJobResult,
  EngineProgress,
} from '../../contracts/engine-job.js';
import type { FromEngine, ToEngine } from './messages.js';

export interface EngineOptions {
  /** TensorFlow's threads within an operation. */
  threads: number;
  /** Where compiled graphs are kept. */
  cacheFolder: string;
  /** A process that has a job and sends nothing for so long is hung, and is ended; absent: no limit. */
  stallMs?: number;
  /** Gets each line that the process writes. */
  log: (line: string) => void;
  execArgv?: string[];
  /** The environment that the process inherits. */
  environment: Record<string, string | undefined>;
}

export interface EngineHooks {
  onProgress?: (progress: EngineProgress) => void;
  /** Gets each text of a `generate` job with `stream` as it grows. */
  onText?: (row: number, text: string) => void;
  /** The engine starts no further checkpoint before this settles. */
  onCheckpoint?: (checkpoint: EngineCheckpoint) => Promise<void>;
  /**
   * Abort asks a training job for a checkpoint and status `paused`. A job that has nothing to save yet, or never has, and
   * does not stop within seconds ends with EngineStoppedError, and the process with it.
   */
  signal?: AbortSignal;
}

/** One engine process that stays warm; jobs run one after another. */
export interface Engine {
  run<K extends EngineJob['kind']>(
    job: Extract<EngineJob, { kind: K }>,
    hooks?: EngineHooks,
  ): Promise<EngineJobResult[K]>;
  /** Says which digest the state has that the last training job left in memory, so that the next segment can go on at once. */
  retain(digest: string): void;
  /** The digest that `retain` was given, as long as the process holds that state. */
  readonly heldDigest: string | undefined;
  /** Process id, when the process runs. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/** The engine process ended before its job did, or never began; carries the end of its log. */
export class EngineCrashedError extends Error {
  override readonly name = 'EngineCrashedError';
}

/** The process was ended since a job that had nothing to save did not stop in time after an abort. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError';
}

/** The engine process lived and sent nothing for too long, in the middle of a job; it was ended. */
export class EngineStalledError extends Error {
  override readonly name = 'EngineStalledError';
}

const LOG_TAIL_LINES = 40;
/** How long a job may take to stop after an abort while it has nothing to save: loading and compiling cannot be interrupted. */
const STOP_GRACE_MS = 2_500;
const ENTRY = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Settings that TensorFlow reads once, when it loads; what the user's environment says goes first. */
function tensorflowEnvironment(threads: number): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
}

/** A job that the process works on. */
interface Call {
  id: number;
  job: EngineJob;
  hooks: EngineHooks;
  child: ChildProcess;
  resolve: (result: EngineJobResult[keyof EngineJobResult]) => void;
  reject: (error: Error) => void;
  /** Asks the process to end the job; listens to the hooks' signal. */
  stop: () => void;
  /** The job can end with a checkpoint. */
  hasState: boolean;
  stopTimer?: NodeJS.Timeout;
  stallTimer?: NodeJS.Timeout;
}

/** Starts engine processes on demand; a crashed one is replaced at the next job. */
export function createEngine(options: EngineOptions): Engine {
  return new EngineProcess(options);
}

class EngineProcess implements Engine {
  readonly #options: EngineOptions;
  #child: ChildProcess | undefined;
  #call: Call | undefined;
  #tail: string[] = [];
  #heldDigest: string | undefined;
  #nextId = 1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get heldDigest(): string | undefined {
    return this.#child?.connected ? this.#heldDigest : undefined;
  }

  run<K extends EngineJob['kind']>(
    job: Extract<EngineJob, { kind: K }>,
    hooks: EngineHooks = {},
  ): Promise<EngineJobResult[K]> {
    const result = this.#queue.then(
      () =>
        new Promise<EngineJobResult[K]>((resolve, reject) => {
          this.#begin(job, hooks, { resolve: resolve as Call['resolve'], reject });
        }),
    );
    this.#queue = result.catch(() => undefined);
    return result;
  }

  retain(digest: string): void {
    if (!this.#child?.connected) return;
    this.#heldDigest = digest;
    send(this.#child, { type: 'retain', digest });
  }

  async close(): Promise<void> {
    const running = this.#child;
    if (!running) return;
    const ended = once(running, 'exit');
    running.disconnect();
    const kill = setTimeout(() => running.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(kill);
  }

  /** The running process, or a new one. */
  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const { cacheFolder, execArgv, threads, environment } = this.#options;
    this.#tail = [];
    this.#heldDigest = undefined;
    const child = fork(ENTRY, [cacheFolder], {
      execArgv: execArgv ?? ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...tensorflowEnvironment(threads), ...environment },
    });
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (text: Buffer) => {
        this.#keep(text.toString());
      });
    child.on('message', (message) => {
      if (this.#call?.child === child) this.#receive(this.#call, message as FromEngine);
    });
    child.on('exit', (code, signal) => {
      this.#forget(child, (kind) => {
        const how = signal ?? `exit code ${code}`;
        return `the engine process ended (${how}) before its ${kind} job did; the end of its log:\n${this.#tail.join('\n')}`;
      });
    });
    // A message to a process that was killed a moment ago is an error too; its exit follows. One that never began has no exit.
    child.on('error', (error) => {
      this.#keep(`engine process: ${error.message}`);
      if (child.pid !== undefined) return;
      this.#forget(
        child,
        (kind) => `the engine process could not be started for a ${kind} job: ${error.message}`,
      );
    });
    this.#child = child;
    return child;
  }

  #keep(text: string): void {
    const lines = text.split('\n').filter(Boolean);
    for (const line of lines) this.#options.log(line);
    this.#tail = [...this.#tail, ...lines].slice(-LOG_TAIL_LINES);
  }

  /** A process has ended, or never began: its job fails, if it had one. */
  #forget(child: ChildProcess, why: (kind: string) => string): void {
    if (this.#child === child) this.#child = undefined;
    if (this.#call?.child !== child) return;
    const { job, reject } = this.#finish(this.#call);
    reject(new EngineCrashedError(why(job.kind)));
  }

  #begin(job: EngineJob, hooks: EngineHooks, settle: Pick<Call, 'resolve' | 'reject'>): void {
    const child = this.#start();
    if (job.kind === 'train') this.#heldDigest = undefined;
    const id = this.#nextId++;
    const stop = (): void => {
      this.#stop(call);
    };
    const call: Call = { id, job, hooks, child, ...settle, stop, hasState: false };
    this.#call = call;
    hooks.signal?.addEventListener('abort', stop, { once: true });
    this.#watch(call);
    send(child, { type: 'job', id, job });
    if (hooks.signal?.aborted) stop();
  }

  #receive(call: Call, message: FromEngine): void {
    this.#watch(call);
    if (message.type === 'ready' || message.id !== call.id) return;
    if (message.type === 'started') call.hasState = true;
    else if (message.type === 'progress') call.hooks.onProgress?.(message.progress);
    else if (message.type === 'text') call.hooks.onText?.(message.row, message.text);
    else if (message.type === 'done') this.#finish(call).resolve(message.result);
    else if (message.type === 'failed') this.#finish(call).reject(revive(message));
    else void this.#takeCheckpoint(call, message.checkpoint);
  }

  async #takeCheckpoint({ id, child, hooks }: Call, checkpoint: EngineCheckpoint): Promise<void> {
    try {
      await hooks.onCheckpoint?.(checkpoint);
    } catch (error) {
      this.#options.log(
        `checkpoint of step ${checkpoint.stepIndex} was not taken: ${String(error)}`,
      );
    }
    send(child, { type: 'checkpoint-taken', id });
  }

  #stop(call: Call): void {
    send(call.child, { type: 'stop', id: call.id });
    call.stopTimer = setTimeout(() => {
      if (call.hasState) return;
      const message = `the ${call.job.kind} job was told to stop and did not within ${STOP_GRACE_MS} ms, with nothing to save; its process was ended`;
      this.#kill(call, new EngineStoppedError(message));
    }, STOP_GRACE_MS);
  }

  /** Starts the time anew in which the process must write something. */
  #watch(call: Call): void {
    clearTimeout(call.stallTimer);
    const { stallMs } = this.#options;
    if (stallMs === undefined) return;
    call.stallTimer = setTimeout(() => {
      const message = `the engine process has said nothing for ${stallMs / 1000} s, in the middle of a ${call.job.kind} job, and was ended; if it was only slow, give it longer`;
      const log = this.#tail.join('\n');
      this.#kill(call, new EngineStalledError(`${message}. The end of its log:\n${log}`));
    }, stallMs);
  }

  #kill(call: Call, error: Error): void {
    this.#finish(call).reject(error);
    if (this.#child === call.child) this.#child = undefined;
    call.child.kill('SIGKILL');
  }

  #finish(call: Call): Call {
    clearTimeout(call.stopTimer);
    clearTimeout(call.stallTimer);
    call.hooks.signal?.removeEventListener('abort', call.stop);
    this.#call = undefined;
    return call;
  }
}

function send(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message);
}

function revive(message: Extract<FromEngine, { type: 'failed' }>): Error {
  const error = new Error(message.message);
  error.name = message.name;
  error.stack = message.stack;
  return message.details === undefined ? error : Object.assign(error, { details: message.details });
}
