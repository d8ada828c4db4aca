import { describe, expect, it } from 'vitest';
import { openAnswerLog } from '../../../../activities/paid/answer-log.js';
import { findSpending } from '../../../../activities/paid/spending.js';
import { logPartOf } from '../../../../activities/paid/shard-layout.js';
import { StoreUnavailableError } from '../../../../storage/store-errors.js';
import { withHook } from '../../../support/fakes/faulty-store.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

const stageKey = 'a'.repeat(64);
const signal = new AbortController().signal;
const place = (bits = '', key = stageKey) => ({ kind: 'collect', bits, stageKey: key });
const answer = (name: string, changes: object = {}) => ({
  key: name,
  logPart: logPartOf(name),
  provider: 'chat' as const,
  cost: 0.5,
  value: { text: name },
  ...changes,
});

async function keysOf(store: ReturnType<typeof createMemoryStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

describe('openAnswerLog', () => {
  it('has an answer in the store before it says so, and finds it in any later run', async () => {
    const store = createMemoryStore();
    const log = await openAnswerLog(store, place(), signal);
    await log.record(answer('one'));
    // The first log is never closed: its process was killed.
    const later = await openAnswerLog(store, place('', 'b'.repeat(64)), signal);
    expect(later.find('one')).toEqual({ text: 'one' });
    expect(later.find('two')).toBeUndefined();
  });

  it('stores answers that come together in one object', async () => {
    const store = createMemoryStore();
    const log = await openAnswerLog(store, place(), signal);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => log.record(answer(name))));
    expect(await keysOf(store)).toHaveLength(1);
  });

  it('joins the segments of a finished shard into one object and loses none', async () => {
    const store = createMemoryStore();
    const log = await openAnswerLog(store, place(), signal);
    for (const name of ['a', 'b', 'c']) await log.record(answer(name));
    expect(await keysOf(store)).toHaveLength(3);
    await log.close({ join: true });
    expect(await keysOf(store)).toHaveLength(1);
    const later = await openAnswerLog(store, place(), signal);
    expect(['a', 'b', 'c'].map((name) => later.find(name))).not.toContain(undefined);
    expect(later.spent).toEqual({ chat: { calls: 3, cost: 1.5 } });
  });

  it('keeps of a forgotten answer what it cost', async () => {
    const store = createMemoryStore();
    const log = await openAnswerLog(store, place(), signal);
    await Promise.all([log.record(answer('a')), log.record(answer('b'))]);
    log.forget('a');
    await log.close({ join: true });
    const later = await openAnswerLog(store, place(), signal);
    expect([later.find('a'), later.find('b')]).toEqual([null, { text: 'b' }]);
    expect(later.spent).toEqual({ chat: { calls: 2, cost: 1 } });
    expect(await keysOf(store)).toHaveLength(1);
  });

  it('leaves the answers of other collections alone when it joins', async () => {
    const store = createMemoryStore();
    const other = await openAnswerLog(store, place('', 'b'.repeat(64)), signal);
    await other.record(answer('theirs'));
    const log = await openAnswerLog(store, place(), signal);
    await log.record(answer('a'));
    await log.record(answer('b'));
    await log.close({ join: true });
    expect(await keysOf(store)).toHaveLength(2);
    expect(log.spent).toEqual({ chat: { calls: 2, cost: 1 } });
  });

  it('finds answers whether they were paid for in larger or in smaller shards', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `row ${index}`);
    for (const [paidIn, readIn] of [
      [0, 2],
      [2, 0],
      [3, 1],
    ] as const) {
      const store = createMemoryStore();
      for (const name of names) {
        const log = await openAnswerLog(store, place(logPartOf(name).slice(0, paidIn)), signal);
        await log.record(answer(name));
      }
      for (const name of names) {
        const log = await openAnswerLog(store, place(logPartOf(name).slice(0, readIn)), signal);
        expect(log.find(name)).toEqual({ text: name });
        const foreign = names.find(
          (own) => logPartOf(own).slice(0, 1) !== logPartOf(name).slice(0, 1),
        );
        if (readIn > 0) expect(log.find(foreign ?? '')).toBeUndefined();
      }
    }
  }, 30_000);

  it('waits for a store that is away rather than lose what was paid for', async () => {
    const store = createMemoryStore();
    let failures = 2;
    const away = withHook(store, (method, key) => {
      if (method === 'put' && failures-- > 0) throw new StoreUnavailableError(`${key}: away`);
    });
    const log = await openAnswerLog(away, place(), signal);
    await log.record(answer('a'));
    expect(failures).toBe(-1);
    const later = await openAnswerLog(store, place(), signal);
    expect(later.find('a')).toEqual({ text: 'a' });
  });
});

describe('findSpending', () => {
  it('adds up what one collection paid, in all and by shard', async () => {
    const store = createMemoryStore();
    const names = Array.from({ length: 12 }, (_, index) => `row ${index}`);
    for (const name of names) {
      const log = await openAnswerLog(store, place(logPartOf(name).slice(0, 1)), signal);
      await log.record(answer(name, name === 'row 3' ? { provider: 'images', cost: 2 } : {}));
    }
    const foreign = await openAnswerLog(store, place('0', 'b'.repeat(64)), signal);
    await foreign.record(answer('theirs'));
    const { spent, spentByShard } = await findSpending(store, {
      kind: 'collect',
      stageKey,
      shardCount: 2,
    });
    expect(spent).toEqual({ chat: { calls: 11, cost: 5.5 }, images: { calls: 1, cost: 2 } });
    const calls = Object.values(spentByShard).map(
      (own) => (own.chat?.calls ?? 0) + (own.images?.calls ?? 0),
    );
    expect(calls).toEqual([
      names.filter((name) => logPartOf(name).startsWith('0')).length,
      names.filter((name) => logPartOf(name).startsWith('1')).length,
    ]);
  });
});
