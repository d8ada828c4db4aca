import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../../providers/semaphore.js';

describe('Semaphore', () => {
  it('admits so many at once, and the others in the order they came', async () => {
    const semaphore = new Semaphore(2);
    const order: number[] = [];
    let held = 0;
    const visit = async (visitor: number): Promise<void> => {
      await semaphore.acquire();
      held += 1;
      expect(held).toBeLessThanOrEqual(2);
      order.push(visitor);
      await Promise.resolve();
      held -= 1;
      semaphore.release();
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(visit));
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it('forgets a caller that gives up waiting, and gives the place to the next', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const abort = new AbortController();
    const givesUp = semaphore.acquire(abort.signal);
    const waits = semaphore.acquire();
    abort.abort(new Error('enough'));
    await expect(givesUp).rejects.toThrow('enough');
    semaphore.release();
    await waits;
    semaphore.release();
    await semaphore.acquire();
  });
  it('admits no caller whose signal was aborted before', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    await semaphore.acquire();
  });
});
