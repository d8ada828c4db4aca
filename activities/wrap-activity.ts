import { ApplicationFailure, Context } from '@temporalio/activity';
import { FailureType } from '../contracts/names.js';

/** The workflows' heartbeat timeout is many times this, so that a busy machine does not look dead. */
const heartbeatMs = 1000;
const finalTypes: ReadonlySet<string> = new Set(Object.values(FailureType));
/** Errors about the content of files: another try reads the same. */
const inputFaults: ReadonlySet<string> = new Set([
  'FolderInvalidError',
  'ModelFolderError',
  'SafetensorsError',
  'ZodError',
]);
const newestProgress = new WeakMap<Context, unknown>();

/** Sets what the heartbeats of one activity say: a small record that operators see, never data. */
export type ReportProgress = (progress: unknown) => void;

/** The current activity's reporter; it can be called from any callback, as it keeps the activity's context. */
export function createProgressReporter(): ReportProgress {
  const context = Context.current();
  return (progress) => newestProgress.set(context, progress);
}

/**
 * The activity with what all have in common: it heartbeats from start to end, an abort ends it as Temporal's own
 * cancellation, and an error of the closed list of failure types is not tried again.
 *
 * Paused, reset and shut-down attempts are aborted too; only the context's own failure tells the server which it was.
 */
export function wrapActivity<Arguments extends unknown[], Result>(
  body: (...input: Arguments) => Promise<Result>,
): (...input: Arguments) => Promise<Result> {
  return async (...input) => {
    const context = Context.current();
    const beat = (): void => {
      context.heartbeat(newestProgress.get(context));
    };
    beat();
    const timer = setInterval(beat, heartbeatMs);
    try {
      return await body(...input);
    } catch (error) {
      // Awaiting it throws the context's own cancellation.
      if (context.cancellationSignal.aborted) await context.cancelled;
      throw finalFailure(error);
    } finally {
      clearInterval(timer);
    }
  };
}

function finalFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ApplicationFailure) return error;
  const type = inputFaults.has(error.name) ? FailureType.inputInvalid : error.name;
  if (!finalTypes.has(type)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type,
    nonRetryable: true,
    cause: error,
  });
}

/** Every activity of a table wrapped; see `wrapActivity`. */
export function wrapActivities<Table extends object>(activities: Table): Table {
  const bodies = Object.entries(activities) as [string, (input: unknown) => Promise<unknown>][];
  return Object.fromEntries(bodies.map(([name, body]) => [name, wrapActivity(body)])) as Table;
}
