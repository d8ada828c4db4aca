import { describe, expect, it } from 'vitest';
import type { ArtifactRef } from '../../../contracts/artifact.js';
import type { StageRecord } from '../../../contracts/stages.js';
import { writeArtifact } from '../../../storage/artifacts.js';
import { readStageRecord, writeStageRecord } from '../../../storage/stage-cache.js';
import { findKey, flipBit } from '../../support/fakes/faulty-store.js';
import { makeFiles } from '../../support/folders.js';
import { createMemoryStore, type MemoryStore } from '../../support/fakes/memory-store.js';

const stageKey = 'd'.repeat(64);

const recordBy = (runId: string, model: ArtifactRef): StageRecord => ({
  stage: 'fineTune',
  stageKey,
  outputs: { model },
  summary: { 'validation/loss': 1.25 },
  seconds: 12.5,
  workflowId: 'nightly',
  runId,
  finishedAt: '2026-01-01T00:00:00.000Z',
});

async function prepare(): Promise<{
  store: MemoryStore;
  model: ArtifactRef;
  restore: () => Promise<unknown>;
}> {
  const store = createMemoryStore();
  const folder = await makeFiles({ weights: 'abc' });
  const restore = (): Promise<ArtifactRef> => writeArtifact(store, 'model', folder);
  return { store, model: await restore(), restore };
}

describe('the stage cache', () => {
  it('gives back the record that was written, and nothing under another key', async () => {
    const { store, model } = await prepare();
    const record = recordBy('one', model);
    expect(await writeStageRecord(store, record)).toEqual(record);
    expect(await readStageRecord(store, stageKey)).toEqual(record);
    expect(await readStageRecord(store, 'e'.repeat(64))).toBeUndefined();
  });

  it('keeps the first record and gives it to whoever comes later', async () => {
    const { store, model } = await prepare();
    const first = await writeStageRecord(store, recordBy('one', model));
    expect(await writeStageRecord(store, recordBy('two', model))).toEqual(first);
    expect(await readStageRecord(store, stageKey)).toEqual(first);
  });

  it('gives two writers at once one and the same record', async () => {
    const { store, model } = await prepare();
    const winners = await Promise.all(
      ['one', 'two', 'three'].map((runId) => writeStageRecord(store, recordBy(runId, model))),
    );
    expect(new Set(winners.map(({ runId }) => runId)).size).toBe(1);
    expect(await readStageRecord(store, stageKey)).toEqual(winners[0]);
  });

  it.each([
    ['cut short', '{"stage":"fineTune"'],
    ['of another shape', '{"stage":"fineTune"}'],
    ['of another key', 'other'],
  ])('takes a record that is %s for none, and replaces it', async (_, text) => {
    const { store, model } = await prepare();
    const other = JSON.stringify({ ...recordBy('zero', model), stageKey: 'e'.repeat(64) });
    await store.put(`stages/${stageKey}.json`, text === 'other' ? other : text);
    expect(await readStageRecord(store, stageKey)).toBeUndefined();
    await writeStageRecord(store, recordBy('one', model));
    expect((await readStageRecord(store, stageKey))?.runId).toBe('one');
  });

  it('takes a record whose artifact is gone for none until the artifact is back', async () => {
    const { store, model, restore } = await prepare();
    await writeStageRecord(store, recordBy('one', model));
    store.objects.delete(findKey(store, /manifest\.json$/));
    expect(await readStageRecord(store, stageKey)).toBeUndefined();
    await restore();
    expect((await readStageRecord(store, stageKey))?.runId).toBe('one');
  });

  it('still trusts a record whose artifact file is damaged, since reading finds that', async () => {
    const { store, model } = await prepare();
    await writeStageRecord(store, recordBy('one', model));
    flipBit(store, findKey(store, /weights$/));
    expect((await readStageRecord(store, stageKey))?.runId).toBe('one');
  });

  it('refuses to write a record of the wrong shape', async () => {
    const { store, model } = await prepare();
    const wrong = { ...recordBy('one', model), seconds: -1 };
    await expect(writeStageRecord(store, wrong)).rejects.toThrow(/seconds/);
    expect(await readStageRecord(store, stageKey)).toBeUndefined();
  });
});
