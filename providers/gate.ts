import { setMaxListeners } from 'node:events';

/** A room for so many at once; the others wait outside in the order they came. */
export interface Gate {
  /** Resolves when there is room. @throws the signal's reason if aborted while waiting. */
  enter(signal?: AbortSignal): Promise<void>;
  /** To be called once by each who entered. */
  leave(): void;
}

/** A gate that lets `limit` callers in at once. */
export function createGate(limit: number): Gate {
  let inside = 0;
  const waiting = new Set<() => void>();
  return {
    enter: async (signal) => {
      signal?.throwIfAborted();
      if (inside < limit) {
        inside += 1;
        return;
      }
      // Many calls of one activity wait on its one signal.
      if (signal) setMaxListeners(0, signal);
      await new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          signal?.removeEventListener('abort', give);
          resolve();
        };
        const give = (): void => {
          waiting.delete(admit);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', give, { once: true });
        waiting.add(admit);
      });
    },
    leave: () => {
      const [next] = waiting;
      if (next) {
        // The place passes on without becoming free, so that nobody overtakes.
        waiting.delete(next);
        next();
      } else inside -= 1;
    },
  };
}
