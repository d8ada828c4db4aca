import { join } from 'node:path';
import { JobRunner } from './run-job.js';
import type { FromEngine, ToEngine } from './messages.js';

/** Entry of the engine process: `main.ts CACHE_FOLDER`, spoken to over Node's IPC channel. */
const [cacheFolder = '.'] = process.argv.slice(2);

const send = (message: FromEngine): void => {
  process.send?.(message);
};
const runner = new JobRunner(join(cacheFolder, 'graphs'));
let current: { id: number; stop: boolean; pending: boolean } | undefined;

process.on('message', (raw) => {
  const message = raw as ToEngine;
  if (message.type === 'retain') runner.retain(message.digest);
  else if (message.type === 'job') void run(message.id, message.job);
  else if (current?.id === message.id) {
    if (message.type === 'stop') current.stop = true;
    else current.pending = false;
  }
});
// The worker is gone, and with it the receiver of the result. What is committed is safe.
process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C reaches the whole group; the worker decides what happens to the job.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

async function run(id: number, job: Extract<ToEngine, { type: 'job' }>['job']): Promise<void> {
  const state = { id, stop: false, pending: false };
  current = state;
  try {
    const result = await runner.run(job, {
      started: () => {
        send({ type: 'started', id });
      },
      progress: (progress) => {
        send({ type: 'progress', id, progress });
      },
      checkpoint: (checkpoint) => {
        state.pending = true;
        send({ type: 'checkpoint', id, checkpoint });
      },
      text: (row, text) => {
        send({ type: 'text', id, row, text });
      },
      checkpointPending: () => state.pending,
      stopRequested: () => state.stop,
    });
    send({ type: 'done', id, result });
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const details = (error as { details?: unknown }).details;
    send({ type: 'failed', id, name, message, stack, ...(details !== undefined && { details }) });
  }
}

send({ type: 'ready' });
