import { setMaxListeners } from 'node:events';

/** A counting semaphore: so many holders at once, the others wait in the order they came. */
export interface Semaphore {
  /**
   * Resolves when there is a place.
   *
   * @throws the signal's reason if it is aborted before.
   */
  acquire(signal?: AbortSignal): Promise<void>;
  /** Gives one place back; to be called once for each that was acquired. */
  release(): void;
}

/** A semaphore of `limit` places. */
export function createSemaphore(limit: number): Semaphore {
  let held = 0;
  const waiting = new Set<() => void>();
  return {
    acquire: async (signal) => {
      signal?.throwIfAborted();
      if (held < limit) {
        held += 1;
        return;
      }
      // Many calls of one activity wait on its one signal.
      if (signal) setMaxListeners(0, signal);
      await new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          signal?.removeEventListener('abort', giveUp);
          resolve();
        };
        const giveUp = (): void => {
          waiting.delete(admit);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        waiting.add(admit);
      });
    },
    release: () => {
      const [next] = waiting;
      if (next) {
        // The place passes on without becoming free, so that a newcomer cannot overtake those who wait.
        waiting.delete(next);
        next();
      } else held -= 1;
    },
  };
}
