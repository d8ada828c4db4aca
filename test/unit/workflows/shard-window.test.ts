import { describe, expect, it } from 'vitest';
import {
  describeSpent,
  nextShard,
  remaining,
  type Budgets,
  type ShardWindow,
} from '../../../workflows/shard-window.js';

const none = { calls: null, cost: null };
const unlimited: Budgets = { chat: none, captions: none, images: none, scores: none };
const limited = (calls: number | null, cost: number | null = null): Budgets => ({
  ...unlimited,
  chat: { calls, cost },
});
const windowOf = (changes: Partial<ShardWindow> = {}): ShardWindow => ({
  waiting: [0, 1, 2],
  running: new Map(),
  cutShort: new Set(),
  spent: {},
  ...changes,
});
const options = { atOnce: 2, callsPerShard: 100 };

describe('nextShard', () => {
  it('starts shards in order, no more than fit, and limits nothing that has no budget', () => {
    expect(nextShard(windowOf(), unlimited, options)).toEqual({ shardIndex: 0, allowance: {} });
    const full = windowOf({
      running: new Map([
        [3, {}],
        [4, {}],
      ]),
    });
    expect(nextShard(full, unlimited, options)).toBeUndefined();
  });

  it('gives a shard what it may need, or what is left', () => {
    expect(nextShard(windowOf(), limited(1000), options)?.allowance.chat?.calls).toBe(120);
    expect(nextShard(windowOf(), limited(50), options)?.allowance.chat?.calls).toBe(50);
  });

  it('gives out nothing twice: running shards hold theirs, spent calls are gone', () => {
    const running = new Map([[3, { chat: { calls: 40, cost: null } }]]);
    const window = windowOf({ running, spent: { chat: { calls: 30, cost: 0 } } });
    expect(remaining(window, limited(100))).toEqual({ chat: { calls: 30, cost: null } });
  });

  it('tries every shard once when all is spent, since its answers may be paid for', () => {
    const spent = { chat: { calls: 100, cost: 0 } };
    const window = windowOf({ spent, cutShort: new Set([0, 2]) });
    expect(nextShard(window, limited(100), options)).toEqual({
      shardIndex: 1,
      allowance: { chat: { calls: 0, cost: null } },
    });
    const tried = windowOf({ spent, cutShort: new Set([0, 1, 2]) });
    expect(nextShard(tried, limited(100), options)).toBeUndefined();
    expect(nextShard(tried, limited(101), options)?.shardIndex).toBe(0);
  });

  it('divides money among the shards that may run', () => {
    expect(nextShard(windowOf(), limited(null, 10), options)?.allowance.chat?.cost).toBe(5);
  });
});

describe('describeSpent', () => {
  it('names the budgets that are used up', () => {
    const window = windowOf({ spent: { chat: { calls: 100, cost: 3 } } });
    expect(describeSpent(window, limited(100, 50))).toBe('providers.chat.budget: 100 of 100 calls');
    expect(describeSpent(window, limited(101, 50))).toBeUndefined();
  });
});
