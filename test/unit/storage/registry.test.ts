import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../storage/object-store.js';
import {
  listVersions,
  moveAlias,
  publishVersion,
  readAlias,
  RegistryCorruptError,
  resolveVersion,
  VersionMissingError,
  type ModelAlias,
  type ModelVersion,
} from '../../../storage/registry.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

function publish(
  store: ObjectStore,
  change: { name?: string; policy?: string; runId?: string } = {},
): Promise<ModelVersion> {
  const digest = (change.policy ?? 'a').repeat(64);
  return publishVersion(store, {
    name: change.name ?? 'burnish',
    policy: { kind: 'model', digest, uri: `s3://memory/artifacts/model/${digest}/`, byteLength: 3 },
    recipeDigest: 'c'.repeat(64),
    evaluation: { 'ppo/pick': 0.25 },
    runId: change.runId ?? 'run',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
}

function point(store: ObjectStore, version: string, alias = 'production'): Promise<ModelAlias> {
  const move = { name: 'burnish', alias, version, reason: 'test' };
  return moveAlias(store, { ...move, movedAt: '2026-01-02T00:00:00.000Z' });
}

describe('publishVersion', () => {
  it('numbers versions from 1 and lists them in order', async () => {
    const store = createMemoryStore();
    for (let run = 1; run <= 11; run += 1) await publish(store, { runId: `run-${run}` });
    const versions = (await listVersions(store, 'burnish')).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: 11 }, (_, index) => `burnish-${index + 1}`));
  });

  it('gives a run that publishes the same policy again the version it has', async () => {
    const store = createMemoryStore();
    const first = await publish(store, { runId: 'one' });
    await publish(store, { runId: 'two', policy: 'b' });
    expect(await publish(store, { runId: 'one' })).toEqual(first);
    expect(await listVersions(store, 'burnish')).toHaveLength(2);
  });

  it('gives another policy, or another run, a version of its own', async () => {
    const store = createMemoryStore();
    await publish(store, { policy: 'a', runId: 'one' });
    await publish(store, { policy: 'b', runId: 'one' });
    await publish(store, { policy: 'a', runId: 'two' });
    expect(await listVersions(store, 'burnish')).toHaveLength(3);
  });

  it('gives runs that publish at once different numbers without a gap', async () => {
    const store = createMemoryStore();
    const runs = Array.from({ length: 6 }, (_, index) => `run-${index}`);
    const published = await Promise.all(runs.map((runId) => publish(store, { runId })));
    expect(published.map(({ version }) => Number(version.slice(8))).sort()).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it('gives two attempts of one run at once one version', async () => {
    const store = createMemoryStore();
    const [one, other] = await Promise.all([publish(store), publish(store)]);
    expect(one).toEqual(other);
    expect(await listVersions(store, 'burnish')).toHaveLength(1);
  });

  it('never gives the number of a version below the newest again', async () => {
    const store = createMemoryStore();
    for (const runId of ['one', 'two']) await publish(store, { runId });
    await store.delete('registry/burnish/versions/burnish-1.json');
    expect((await publish(store, { runId: 'three' })).version).toBe('burnish-3');
  });

  it.each(['', 'Burnish', 'a/b', '..', '-a', 'x'.repeat(64)])(
    'refuses the name %j',
    async (name) => {
      await expect(publish(createMemoryStore(), { name })).rejects.toThrow(VersionMissingError);
    },
  );
});

describe('moveAlias', () => {
  it('points where it was moved last and remembers every move', async () => {
    const store = createMemoryStore();
    for (const runId of ['one', 'two']) await publish(store, { runId });
    await point(store, 'burnish-1');
    await point(store, 'burnish-2');
    await point(store, 'burnish-1');
    const alias = await readAlias(store, 'burnish', 'production');
    expect(alias?.version).toBe('burnish-1');
    expect(alias?.history.map(({ version }) => version)).toEqual([
      'burnish-1',
      'burnish-2',
      'burnish-1',
    ]);
  });

  it('changes nothing when it is already there', async () => {
    const store = createMemoryStore();
    await publish(store);
    const first = await point(store, 'burnish-1');
    expect(await point(store, 'burnish-1')).toEqual(first);
  });

  it('loses no move when several are made at once', async () => {
    const store = createMemoryStore();
    const names = ['one', 'two', 'three', 'four'];
    for (const runId of names) await publish(store, { runId });
    const versions = names.map((_, index) => `burnish-${index + 1}`);
    await Promise.all(versions.map((version) => point(store, version)));
    const alias = await readAlias(store, 'burnish', 'production');
    expect(alias?.history.map(({ version }) => version).sort()).toEqual(versions);
    expect(alias?.history.at(-1)?.version).toBe(alias?.version);
  });

  it('refuses a version that was never published, or is of another model', async () => {
    const store = createMemoryStore();
    await publish(store);
    await publish(store, { name: 'other' });
    for (const version of ['burnish-2', 'other-1', 'burnish', 'burnish-01', 'burnish-0']) {
      await expect(point(store, version)).rejects.toThrow(VersionMissingError);
    }
    expect(await readAlias(store, 'burnish', 'production')).toBeUndefined();
  });
});

describe('resolveVersion', () => {
  it('finds the newest by name, one by number, and one by alias', async () => {
    const store = createMemoryStore();
    for (const runId of ['one', 'two', 'three']) await publish(store, { runId });
    await point(store, 'burnish-2');
    expect((await resolveVersion(store, 'burnish')).version).toBe('burnish-3');
    expect((await resolveVersion(store, 'burnish-1')).version).toBe('burnish-1');
    expect((await resolveVersion(store, 'burnish@production')).version).toBe('burnish-2');
  });

  it('finds a model whose own name ends in a number', async () => {
    const store = createMemoryStore();
    await publish(store, { name: 'bloom-560' });
    expect((await resolveVersion(store, 'bloom-560')).version).toBe('bloom-560-1');
    expect((await resolveVersion(store, 'bloom-560-1')).version).toBe('bloom-560-1');
  });

  it.each([
    ['burnish-9', /nothing published/],
    ['nobody', /nothing published/],
    ['burnish@staging', /never set/],
    ['burnish@', /no valid name/],
    ['@production', /no valid name/],
    ['burnish@a@b', /two @/],
    ['../secrets', /no valid name/],
  ])('says what is wrong with %j', async (reference, message) => {
    const store = createMemoryStore();
    await publish(store);
    const resolving = resolveVersion(store, reference);
    await expect(resolving).rejects.toThrow(VersionMissingError);
    await expect(resolving).rejects.toThrow(message);
  });

  it('says that the version an alias points to is gone', async () => {
    const store = createMemoryStore();
    await publish(store);
    await point(store, 'burnish-1');
    await store.delete('registry/burnish/versions/burnish-1.json');
    await expect(resolveVersion(store, 'burnish@production')).rejects.toThrow(/burnish-1 is gone/);
  });

  it('names the record that cannot be read', async () => {
    const store = createMemoryStore();
    await publish(store);
    await store.put('registry/burnish/versions/burnish-1.json', '{"version":"burnish-1"}');
    const resolving = resolveVersion(store, 'burnish-1');
    await expect(resolving).rejects.toThrow(RegistryCorruptError);
    await expect(resolving).rejects.toThrow(/registry\/burnish\/versions\/burnish-1\.json/);
  });
});
