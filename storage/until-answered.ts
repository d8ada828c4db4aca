import { setTimeout as delay } from 'node:timers/promises';

const firstWaitMs = 500;

/**
 * What `work` returns, tried again while the store cannot answer; after an abort it is tried once more and no longer.
 *
 * The waits double from half a second, up to `longestWaitMs`, by default 15 seconds.
 * @throws what `work` throws if waiting cannot help.
 */
export async function untilAnswered<T>(
  work: () => Promise<T>,
  { signal, longestWaitMs = 15_000 }: { signal: AbortSignal; longestWaitMs?: number },
): Promise<T> {
  for (
    let waitMs = Math.min(firstWaitMs, longestWaitMs);
    ;
    waitMs = Math.min(2 * waitMs, longestWaitMs)
  ) {
    const isLastTry = signal.aborted;
    try {
      return await work();
    } catch (error) {
      const canWait = error instanceof Error && error.name === 'StoreUnavailableError';
      if (!canWait || isLastTry) throw error;
    }
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
