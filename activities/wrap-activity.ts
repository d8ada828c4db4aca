import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { finalFailure } from './final-failure.js';

/** The workflows' heartbeat timeout is many times this, so that a busy machine does not look dead. */
const heartbeatMs = 1000;
/** How long an aborted body may take to end by itself; what it still does after that is dropped. */
const abortGraceMs = 3000;
/** After a worker's shutdown another worker can take the next attempt at once: there is nothing to wait for. */
const shutdownRetryDelay = '1 millisecond';
const newestProgress = new WeakMap<Context, object>();
const saving = new WeakSet<Context>();

/** Sets the details of one activity's heartbeats: a small record that operators see, never data. */
export type ReportProgress = (progress: object) => void;

/** The current activity's reporter; it can be called from any callback, as it keeps the activity's context. */
export function createProgressReporter(): ReportProgress {
  const context = Context.current();
  return (progress) => newestProgress.set(context, progress);
}

/** What `work` returns; meanwhile an abort of the current activity waits for its body, which saves what it has. */
export async function whileSaving<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  saving.add(context);
  try {
    return await work();
  } finally {
    saving.delete(context);
  }
}

/** How often the work was tried, this time included; attempts that ended with the shutdown of their worker do not count. */
export function countTries(context: Context): number {
  return Math.max(1, context.info.attempt - countShutdowns(context));
}

/**
 * The activity with what all have in common: it heartbeats from start to end, an abort ends it as Temporal's own
 * cancellation within seconds, and an error of the closed list of failure types is not tried again.
 *
 * Paused, reset and shut-down attempts are aborted too; only the context's own failure shows the server which it was.
 */
export function wrapActivity<Arguments extends unknown[], Result>(
  body: (...input: Arguments) => Promise<Result>,
): (...input: Arguments) => Promise<Result> {
  return async (...input) => {
    const context = Context.current();
    let shutdowns = countShutdowns(context);
    const beat = (): void => {
      const progress = newestProgress.get(context);
      context.heartbeat(shutdowns > 0 ? { ...progress, departures: shutdowns } : progress);
    };
    beat();
    const timer = setInterval(beat, heartbeatMs);
    try {
      return await untilAbandoned(body(...input), context);
    } catch (error) {
      if (!context.cancellationSignal.aborted) throw finalFailure(error, countTries(context));
      if (context.cancellationDetails?.workerShutdown) {
        shutdowns += 1;
        beat();
        throw workerShutdown();
      }
      // Awaiting it throws the context's own cancellation.
      return await context.cancelled;
    } finally {
      clearInterval(timer);
    }
  };
}

/** What `work` returns; rejects some seconds after an abort unless there is something to save. */
async function untilAbandoned<T>(work: Promise<T>, context: Context): Promise<T> {
  const { cancellationSignal: signal } = context;
  const end = new AbortController();
  const abandoned = async (): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort', { signal: end.signal });
    do await delay(abortGraceMs, undefined, { signal: end.signal });
    while (saving.has(context));
    throw new Error('The activity was aborted and did not end by itself.');
  };
  try {
    return await Promise.race([work, abandoned()]);
  } finally {
    end.abort();
  }
}

/** Attempts of this activity that ended with their worker's shutdown; as `departures`, heartbeats carry the number from attempt to attempt. */
function countShutdowns({ info }: Context): number {
  const { departures } = (info.heartbeatDetails ?? {}) as { departures?: unknown };
  return typeof departures === 'number' ? departures : 0;
}

/** A worker's shutdown is no failure of the work: the next attempt starts at once, where the back-off would wait. */
function workerShutdown(): ApplicationFailure {
  return ApplicationFailure.create({
    message: 'The worker was told to leave; the work goes on elsewhere.',
    type: 'WorkerShutdown',
    nextRetryDelay: shutdownRetryDelay,
    category: 'BENIGN',
  });
}

/** Every activity of a table wrapped; see `wrapActivity`. */
export function wrapActivities<Table extends object>(activities: Table): Table {
  const bodies = Object.entries(activities) as [string, (input: unknown) => Promise<unknown>][];
  return Object.fromEntries(bodies.map(([name, body]) => [name, wrapActivity(body)])) as Table;
}
