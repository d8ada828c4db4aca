import { Context } from '@temporalio/activity';

const HEARTBEAT_MS = 3000;

export interface Heartbeats {
  /** Aborted when the activity is cancelled. */
  signal: AbortSignal;
  /** What the next heartbeat says. */
  report: (details: Record<string, string | number>) => void;
}

/**
 * Runs work while heartbeats go out every few seconds.
 *
 * @throws CancelledFailure if the activity was cancelled and the work ended with an error.
 */
export async function withHeartbeats<Result>(
  work: (heartbeats: Heartbeats) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  let details: Record<string, string | number> = {};
  const timer = setInterval(() => context.heartbeat(details), HEARTBEAT_MS);
  try {
    return await work({
      signal: context.cancellationSignal,
      report: (newest) => {
        details = newest;
      },
    });
  } catch (cause) {
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw cause;
  } finally {
    clearInterval(timer);
  }
}
