import { describe, expect, it, vi } from 'vitest';
import { openAnswerLog } from '../../../../activities/paid/answer-log.js';
import { findSpending } from '../../../../activities/paid/spending.js';
import { logPartOf } from '../../../../activities/paid/shard-layout.js';
import { AllowanceSpentError, Budget } from '../../../../activities/paid/budget.js';
import type { Allowance, Spending } from '../../../../contracts/shards.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

async function budgetWith(
  allowance: Allowance,
  options: { prior?: Spending; store?: ReturnType<typeof createMemoryStore> } = {},
) {
  const store = options.store ?? createMemoryStore();
  const place = { kind: 'collect', bits: '', stageKey: 'a'.repeat(64) };
  const log = await openAnswerLog(store, place, new AbortController().signal);
  return new Budget(log, allowance, options.prior ?? {});
}

const call = (question: string, send = () => Promise.resolve({ value: question, cost: 1 })) => ({
  provider: 'chat' as const,
  endpoint: { url: 'http://127.0.0.1:1', model: 'm' },
  request: { question },
  logPart: logPartOf(question),
  send,
});

describe('Budget', () => {
  it('sends a request once, whatever becomes of the process that sent it', async () => {
    const store = createMemoryStore();
    const send = vi.fn(() => Promise.resolve({ value: 'yes', cost: 1 }));
    const first = await budgetWith({}, { store });
    expect(await first.pay(call('may I', send))).toBe('yes');
    const second = await budgetWith({}, { store });
    expect(await second.pay(call('may I', send))).toBe('yes');
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('asks another model the same question anew', async () => {
    const budget = await budgetWith({});
    await budget.pay(call('q'));
    const send = vi.fn(() => Promise.resolve({ value: 'other', cost: 1 }));
    const other = { ...call('q', send), endpoint: { url: 'http://127.0.0.1:1', model: 'n' } };
    expect(await budget.pay(other)).toBe('other');
  });

  it('sends no more calls than are allowed, those under way counted', async () => {
    const budget = await budgetWith({ chat: { calls: 3, cost: null } });
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((question) => budget.pay(call(question))),
    );
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    await expect(budget.pay(call('f'))).rejects.toThrow(AllowanceSpentError);
    // What is recorded costs nothing.
    expect(await budget.pay(call('a'))).toBe('a');
  });

  it('stops where the money is spent', async () => {
    const budget = await budgetWith({ chat: { calls: null, cost: 2 } });
    await budget.pay(call('a'));
    await budget.pay(call('b'));
    await expect(budget.pay(call('c'))).rejects.toThrow('chat');
  });

  it('does not count what was paid before the allowance was given', async () => {
    const store = createMemoryStore();
    const first = await budgetWith({}, { store });
    await first.pay(call('a'));
    const prior = { chat: { calls: 1, cost: 1 } };
    const second = await budgetWith({ chat: { calls: 1, cost: null } }, { store, prior });
    expect(await second.pay(call('b'))).toBe('b');
    await expect(second.pay(call('c'))).rejects.toThrow(AllowanceSpentError);
  });

  it('pays for nothing when the call fails', async () => {
    const budget = await budgetWith({ chat: { calls: 1, cost: null } });
    const failing = call('a', () => Promise.reject(new Error('gone')));
    await expect(budget.pay(failing)).rejects.toThrow('gone');
    expect(await budget.pay(call('a'))).toBe('a');
    expect(budget.inFlight).toBe(0);
  });

  it('records the answers that come together one by one, and counts the calls they took', async () => {
    const store = createMemoryStore();
    const first = await budgetWith({ chat: { calls: 2, cost: null } }, { store });
    const items = ['a', 'b', 'c'].map((key) => ({ key, logPart: logPartOf(key) }));
    const send = () => Promise.resolve({ values: [1, 2, 3], cost: 5 });
    expect(await first.payTogether({ provider: 'chat', items, calls: 2, send })).toEqual([1, 2, 3]);
    await expect(first.pay(call('d'))).rejects.toThrow(AllowanceSpentError);
    const later = await budgetWith({}, { store });
    expect(items.map(({ key }) => later.find(key))).toEqual([1, 2, 3]);
    const stageKey = 'a'.repeat(64);
    const { spent } = await findSpending(store, { kind: 'collect', stageKey, shardCount: 1 });
    expect(spent).toEqual({ chat: { calls: 2, cost: 5 } });
  });
});
