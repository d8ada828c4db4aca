import { fork, type ChildProcess } from 'node:child_process';
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
  /** A process that has a job and says nothing for so long is hung, and is ended; absent: it may take for ever. */
  stallMs?: number;
  /** Gets each line that the process writes. */
  log: (line: string) => void;
  execArgv?: string[];
  /** The environment that the process inherits. */
  environment: Record<string, string | undefined>;
}

export interface EngineHooks {
  onProgress?: (progress: EngineProgress) => void;
  /** Told of each text as it grows, of a `generate` job with `stream`. */
  onText?: (row: number, text: string) => void;
  /** The engine starts no further checkpoint before this settles. */
  onCheckpoint?: (checkpoint: EngineCheckpoint) => Promise<void>;
  /**
   * Abort asks a training job for a checkpoint and status `paused`. A job that has nothing to save yet, or never has, and
   * does not heed it within seconds ends with EngineStoppedError, and the process with it.
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
  /** What `retain` was told, as long as the process holds that state. */
  readonly heldDigest: string | undefined;
  /** Process id, when the process runs. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/** The engine process ended before its job did, or never began; carries the end of its log. */
export class EngineCrashedError extends Error {
  override readonly name = 'EngineCrashedError';
}

/** The process was ended since a job that had nothing to save did not heed an abort in time. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError';
}

/** The engine process lived and said nothing for too long, in the middle of a job; it was ended. */
export class EngineStalledError extends Error {
  override readonly name = 'EngineStalledError';
}

const LOG_TAIL_LINES = 40;
/** How long a job may take to heed an abort while it has nothing to save: loading and compiling cannot be interrupted. */
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

/** Starts engine processes on demand; a crashed one is replaced at the next job. */
export function createEngine(options: EngineOptions): Engine {
  let child: ChildProcess | undefined;
  let tail: string[] = [];
  let heldDigest: string | undefined;
  let nextId = 1;
  let queue: Promise<unknown> = Promise.resolve();

  const start = (): ChildProcess => {
    if (child?.connected) return child;
    tail = [];
    heldDigest = undefined;
    const started = fork(ENTRY, [options.cacheFolder], {
      execArgv: options.execArgv ?? ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...tensorflowEnvironment(options.threads), ...options.environment },
    });
    const keep = (text: Buffer | string): void => {
      for (const line of text.toString().split('\n').filter(Boolean)) {
        tail.push(line);
        options.log(line);
      }
      tail = tail.slice(-LOG_TAIL_LINES);
    };
    started.stdout?.on('data', keep);
    started.stderr?.on('data', keep);
    const forget = (): void => {
      if (child === started) child = undefined;
    };
    started.on('exit', forget);
    // A message to a process that was killed a moment ago; its exit is told next. One that never began has none.
    started.on('error', (error) => {
      keep(`engine process: ${error.message}`);
      if (started.pid === undefined) forget();
    });
    child = started;
    return started;
  };

  const runJob = (
    job: EngineJob,
    hooks: EngineHooks,
  ): Promise<EngineJobResult[keyof EngineJobResult]> => {
    const engine = start();
    if (job.kind === 'train') heldDigest = undefined;
    const id = nextId;
    nextId += 1;
    const send = (message: ToEngine): void => {
      if (engine.connected) engine.send(message);
    };
    return new Promise((resolve, reject) => {
      let hasState = false;
      let stopping: NodeJS.Timeout | undefined;
      let quiet: NodeJS.Timeout | undefined;
      const end = (error: Error): void => {
        finish(() => {
          reject(error);
        });
        if (child === engine) child = undefined;
        engine.kill('SIGKILL');
      };
      const stop = (): void => {
        send({ type: 'stop', id });
        stopping = setTimeout(() => {
          if (hasState) return;
          const message = `the ${job.kind} job was told to stop and did not within ${STOP_GRACE_MS} ms, with nothing to save; its process was ended`;
          end(new EngineStoppedError(message));
        }, STOP_GRACE_MS);
      };
      const watch = (): void => {
        clearTimeout(quiet);
        const { stallMs } = options;
        if (stallMs === undefined) return;
        quiet = setTimeout(() => {
          const message = `the engine process has said nothing for ${stallMs / 1000} s, in the middle of a ${job.kind} job, and was ended; if it was only slow, give it longer`;
          end(new EngineStalledError(`${message}. The end of its log:\n${tail.join('\n')}`));
        }, stallMs);
      };
      const finish = (settle: () => void): void => {
        clearTimeout(stopping);
        clearTimeout(quiet);
        hooks.signal?.removeEventListener('abort', stop);
        engine.off('message', hear);
        engine.off('exit', crash);
        engine.off('error', fail);
        settle();
      };
      const hear = (raw: unknown): void => {
        const message = raw as FromEngine;
        watch();
        if (message.type === 'ready' || message.id !== id) return;
        if (message.type === 'started') hasState = true;
        else if (message.type === 'progress') hooks.onProgress?.(message.progress);
        else if (message.type === 'text') hooks.onText?.(message.row, message.text);
        else if (message.type === 'done')
          finish(() => {
            resolve(message.result);
          });
        else if (message.type === 'failed')
          finish(() => {
            reject(revive(message));
          });
        else {
          const taken = (): void => {
            send({ type: 'checkpoint-taken', id });
          };
          (hooks.onCheckpoint?.(message.checkpoint) ?? Promise.resolve()).then(
            taken,
            (error: unknown) => {
              options.log(
                `checkpoint of step ${message.checkpoint.stepIndex} was not taken: ${String(error)}`,
              );
              taken();
            },
          );
        }
      };
      const crash = (code: number | null, signal: string | null): void => {
        finish(() => {
          reject(
            new EngineCrashedError(
              `the engine process ended (${signal ?? `exit code ${code}`}) before its ${job.kind} job did; the end of its log:\n${tail.join('\n')}`,
            ),
          );
        });
      };
      const fail = (error: Error): void => {
        if (engine.pid !== undefined) return;
        finish(() => {
          const message = `the engine process could not be started for a ${job.kind} job: ${error.message}`;
          reject(new EngineCrashedError(message));
        });
      };
      engine.on('message', hear);
      engine.on('exit', crash);
      engine.on('error', fail);
      hooks.signal?.addEventListener('abort', stop, { once: true });
      watch();
      send({ type: 'job', id, job });
      if (hooks.signal?.aborted) stop();
    });
  };

  return {
    get pid() {
      return child?.pid;
    },
    get heldDigest() {
      return child?.connected ? heldDigest : undefined;
    },
    run(job, hooks = {}) {
      const result = queue.then(() => runJob(job, hooks));
      queue = result.catch(() => undefined);
      return result as never;
    },
    retain: (digest) => {
      if (!child?.connected) return;
      heldDigest = digest;
      child.send({ type: 'retain', digest } satisfies ToEngine);
    },
    close: async () => {
      const running = child;
      if (!running) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.disconnect();
      const kill = setTimeout(() => running.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(kill);
    },
  };
}

function revive(message: Extract<FromEngine, { type: 'failed' }>): Error {
  const error = new Error(message.message);
  error.name = message.name;
  error.stack = message.stack;
  return message.details === undefined ? error : Object.assign(error, { details: message.details });
}
