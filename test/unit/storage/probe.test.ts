import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PreconditionFailedError, type ObjectStore } from '../../../storage/object-store.js';
import { probeStore } from '../../../storage/probe.js';
import { StoreRefusedError } from '../../../storage/store-errors.js';
import { dieAt, withHook } from '../../support/fakes/faulty-store.js';
import { makeFolder } from '../../support/folders.js';
import { createMemoryStore, type MemoryStore } from '../../support/fakes/memory-store.js';

/** A store in memory that departs from the rules in one way. */
function createHostileStore(depart: (store: MemoryStore) => Partial<ObjectStore>): MemoryStore {
  const store = createMemoryStore();
  return { ...store, ...depart(store) };
}

describe('probeStore', () => {
  it('finds a good store good and leaves nothing in it', async () => {
    const store = createMemoryStore();
    await store.put('mine/object', 'kept');
    const { ok, findings } = await probeStore(store);
    expect(ok).toBe(true);
    expect(findings.map(({ check }) => check)).toEqual([
      'read after write',
      'create only',
      'compare and swap',
      'two writers at once',
      'upload in parts',
      'ranged read',
    ]);
    expect([...store.objects.keys()]).toEqual(['mine/object']);
  });

  it('keeps its file in the folder it is given, and leaves nothing there', async () => {
    const folder = await makeFolder();
    const seen: string[] = [];
    const watched = withHook(createMemoryStore(), async (method) => {
      if (method === 'putFile') seen.push(...(await readdir(folder)));
    });
    await probeStore(watched, { folder });
    expect(seen).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['ignores every precondition', {}],
    ['ignores create-only', { ifMatch: true }],
    ['ignores compare-and-swap', { ifAbsent: true }],
  ])('refuses a store that %s', async (_, honours: { ifAbsent?: boolean; ifMatch?: boolean }) => {
    const store = createHostileStore((inner) => ({
      put: (key, body, { ifAbsent, ifMatch } = {}) =>
        inner.put(key, body, {
          ...(ifAbsent && honours.ifAbsent ? { ifAbsent } : {}),
          ...(ifMatch && honours.ifMatch ? { ifMatch } : {}),
        }),
    }));
    await expect(probeStore(store)).rejects.toThrow(StoreRefusedError);
    await expect(probeStore(store)).rejects.toThrow(/s3:\/\/memory.*versitygw/);
    expect(store.objects.size).toBe(0);
    const { ok } = await probeStore(store, { allowIgnoredPreconditions: true });
    expect(ok).toBe(false);
  });

  it('refuses a store that honours preconditions one after the other but loses races', async () => {
    const store = createHostileStore((inner) => ({
      async put(key, body, conditions = {}) {
        const isThere = inner.objects.has(key);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return inner.put(key, body, conditions.ifAbsent === true && !isThere ? {} : conditions);
      },
    }));
    await expect(probeStore(store)).rejects.toThrow(/20 times of 20/);
  });

  it('refuses a store that reports a second create done without doing it', async () => {
    const store = createHostileStore((inner) => ({
      async put(key, body, conditions) {
        const isSecond = conditions?.ifAbsent === true && inner.objects.has(key);
        return isSecond ? { etag: '"none"' } : inner.put(key, body, conditions);
      },
    }));
    await expect(probeStore(store)).rejects.toThrow(/second create of one key/);
  });

  it('refuses a store that takes no put against an etag, not even the current one', async () => {
    const store = createHostileStore((inner) => ({
      async put(key, body, conditions = {}) {
        if (conditions.ifMatch !== undefined) throw new PreconditionFailedError(key, conditions);
        return inner.put(key, body, conditions);
      },
    }));
    await expect(probeStore(store)).rejects.toThrow(/stale etag/);
  });

  it('tells a store whose lists lag behind', async () => {
    const store = createHostileStore((inner) => ({
      async *list(prefix) {
        for await (const object of inner.list(prefix)) {
          if (!object.key.endsWith('/note')) yield object;
        }
      },
    }));
    const { findings } = await probeStore(store);
    expect(findings.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([
      'read after write',
    ]);
  });

  it('tells a server that refuses damaged bytes and keeps them all the same', async () => {
    const store = createHostileStore((inner) => ({
      async refusesWrongChecksum(key) {
        await inner.put(key, 'damaged');
        return true;
      },
    }));
    const { findings } = await probeStore(store);
    expect(findings.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['wrong checksum']);
  });

  it('tells a store that shows old objects', async () => {
    const store = createHostileStore((inner) => ({
      async put(key, body, conditions) {
        const isOverwrite = conditions === undefined && inner.objects.has(key);
        return isOverwrite ? { etag: '"late"' } : inner.put(key, body, conditions);
      },
    }));
    const { ok, findings } = await probeStore(store, { allowIgnoredPreconditions: true });
    expect(ok).toBe(false);
    expect(findings.find(({ check }) => check === 'read after write')?.ok).toBe(false);
  });

  it('tells a store that damages what is sent in parts', async () => {
    const store = createHostileStore((inner) => ({
      putFile: async (key) => {
        await inner.put(key, 'something else');
      },
    }));
    const { findings } = await probeStore(store);
    expect(findings.find(({ check }) => check === 'upload in parts')?.ok).toBe(false);
  });

  it('reports what a server accepts that it should refuse, with what it means', async () => {
    const store = createHostileStore(() => ({
      refusesWrongChecksum: async () => false,
      getRange: async () => new Uint8Array(),
    }));
    const { ok, findings } = await probeStore(store);
    expect(ok).toBe(false);
    const failed = findings.filter((finding) => !finding.ok);
    expect(failed.map(({ check }) => check)).toEqual(['wrong checksum', 'ranged read']);
    expect(failed[0]?.message).toMatch(/found when they are read/);
  });

  it('does not take a store that dies for one that breaks the rules', async () => {
    const store = dieAt(createMemoryStore(), /race/);
    await expect(probeStore(store)).rejects.toThrow('the store died');
  });
});
