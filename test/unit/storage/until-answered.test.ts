import { describe, expect, it } from 'vitest';
import { StoreRefusedError, StoreUnavailableError } from '../../../storage/store-errors.js';
import { untilAnswered } from '../../../storage/until-answered.js';

/** Work that fails so often before it returns, and the times it was tried at, in milliseconds. */
function failing(failures: number, error: Error = new StoreUnavailableError('away')) {
  const triedAt: number[] = [];
  const start = Date.now();
  const work = () => {
    triedAt.push(Date.now() - start);
    return triedAt.length > failures ? Promise.resolve('stored') : Promise.reject(error);
  };
  return { triedAt, work };
}

describe('untilAnswered', () => {
  it('waits for a store that is away, no longer than the longest wait, and gives what it answers', async () => {
    const { signal } = new AbortController();
    const { work, triedAt } = failing(3);
    expect(await untilAnswered(work, { signal, longestWaitMs: 30 })).toBe('stored');
    expect(triedAt).toHaveLength(4);
    const waits = triedAt.slice(1).map((at, index) => at - triedAt[index]!);
    // Timers may fire a millisecond early by this clock.
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(28);
    expect(triedAt[3]).toBeLessThan(500);
  });

  it('throws at once what waiting cannot help', async () => {
    const { work, triedAt } = failing(1, new StoreRefusedError('wrong key'));
    const { signal } = new AbortController();
    await expect(untilAnswered(work, { signal })).rejects.toThrow('wrong key');
    expect(triedAt).toHaveLength(1);
  });

  it('tries once more after an abort, and no longer', async () => {
    const abort = new AbortController();
    const { work, triedAt } = failing(9);
    const stored = untilAnswered(work, { signal: abort.signal });
    const outcome = expect(stored).rejects.toThrow('away');
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await outcome;
    expect(triedAt).toHaveLength(2);
  });
});
