import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapInParallel } from '../../../storage/file-set.js';

describe('mapInParallel', () => {
  it('keeps the order of the items and never runs more than four at once', async () => {
    let running = 0;
    let most = 0;
    const results = await mapInParallel([5, 1, 4, 2, 3, 9, 8], async (item) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(item);
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 90, 80]);
    expect(most).toBe(4);
  });
  it('starts nothing after a failure, and throws it once what was under way has ended', async () => {
    const started: number[] = [];
    const ended: number[] = [];
    const work = mapInParallel([0, 1, 2, 3, 4, 5, 6], async (item) => {
      started.push(item);
      await sleep(item === 1 ? 5 : 30);
      if (item === 1) throw new Error('broken');
      ended.push(item);
    });
    await expect(work).rejects.toThrow('broken');
    expect(started).toEqual([0, 1, 2, 3]);
    expect(ended).toEqual([0, 2, 3]);
  });
});
