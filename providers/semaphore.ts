import { setMaxListeners } from 'node:events';

/** A counting semaphore: so many holders at once, the others wait in the order they came. */
export class Semaphore {
  readonly #limit: number;
  #held = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Resolves when there is a place.
   *
   * @throws the signal's reason if it is aborted before.
   */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#held < this.#limit) {
      this.#held += 1;
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
        this.#waiting.delete(admit);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(admit);
    });
  }

  /** Gives one place back; to be called once for each that was acquired. */
  release(): void {
    const [next] = this.#waiting;
    if (next) {
      // The place passes on without becoming free, so that a newcomer cannot overtake those who wait.
      this.#waiting.delete(next);
      next();
    } else this.#held -= 1;
  }
}
