import type {
  EngineCheckpoint,
  EngineJob,
  EngineJobResult,
  EngineProgress,
} from '../../contracts/engine-job.js';

/** What the worker sends to the engine process. */
export type ToEngine =
  | { type: 'job'; id: number; job: EngineJob }
  | { type: 'stop'; id: number }
  /** A checkpoint has been uploaded (or given up); the next may come. */
  | { type: 'checkpoint-taken'; id: number }
  /** The state that the last job left in memory has this digest. */
  | { type: 'retain'; digest: string };

/** What the engine process sends back. */
export type FromEngine =
  | { type: 'ready' }
  /** A training job has loaded and compiled and takes steps from here on: it can end with a checkpoint. */
  | { type: 'started'; id: number }
  | { type: 'progress'; id: number; progress: EngineProgress }
  | { type: 'checkpoint'; id: number; checkpoint: EngineCheckpoint }
  /** A text that is being generated, as far as it is written. */
  | { type: 'text'; id: number; row: number; text: string }
  | { type: 'done'; id: number; result: EngineJobResult[keyof EngineJobResult] }
  | {
      type: 'failed';
      id: number;
      name: string;
      message: string;
      stack: string;
      /** What the error says of itself to programs. */
      details?: unknown;
    };
