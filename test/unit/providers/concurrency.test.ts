import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapAhead, mapBounded } from '../../../providers/concurrency.js';

describe('mapBounded', () => {
  it('keeps the order of the items and never runs more than the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(item);
      running -= 1;
      return item * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });
  it('starts nothing after a failure', async () => {
    const started: number[] = [];
    const work = mapBounded([0, 1, 2, 3], 1, (item) => {
      started.push(item);
      return item === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(item);
    });
    await expect(work).rejects.toThrow('broken');
    expect(started).toEqual([0, 1]);
  });
});

describe('mapAhead', () => {
  it('keeps the order of the items, and no more than the limit ahead of who takes them', async () => {
    const started: number[] = [];
    const results = mapAhead([5, 1, 4, 2, 3], 2, async (item) => {
      started.push(item);
      await sleep(item);
      return item * 10;
    });
    expect(await results.next()).toEqual({ value: 50, done: false });
    await sleep(20);
    expect(started).toEqual([5, 1]);
    const rest: number[] = [];
    for await (const result of results) rest.push(result);
    expect(rest).toEqual([10, 40, 20, 30]);
  });
  it('tells a failure when its turn comes', async () => {
    const work = (item: number) =>
      item === 2 ? Promise.reject(new Error('broken')) : Promise.resolve(item);
    const results = mapAhead([1, 2, 3], 3, work);
    expect((await results.next()).value).toBe(1);
    await expect(results.next()).rejects.toThrow('broken');
  });
});
