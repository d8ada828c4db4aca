import { expect, it } from 'vitest';
import { collectGarbage } from '../../../../storage/garbage/collect-garbage.js';
import { deleteKey } from '../../../support/fakes/faulty-store.js';
import { DAY, noRuns, writtenAgo } from '../../../support/made-up/made-up-bucket.js';
import { storeFiles } from '../../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

it('keeps paid answers, and the plan that the next collection goes on from', async () => {
  const store = createMemoryStore();
  const watermark = `collections/nightly/${'c'.repeat(64)}.json`;
  const plan = await writtenAgo(store, 30 * DAY, async () => {
    const ref = await storeFiles(store, 'dataset', { rows: 'a plan' });
    await store.put(watermark, JSON.stringify(ref));
    await store.put('answers/collect/b01/aaaaaaaaaaaaaaaa-chat=1=0-00.jsonl', '{}');
    return ref;
  });
  const removed = async (): Promise<string[]> => {
    const verdicts = await collectGarbage(store, {
      policy: { graceMs: 0, abandonedMs: 0, olderThanMs: 0 },
      findRuns: () => Promise.resolve(noRuns),
      dryRun: false,
      settleMs: 0,
    });
    return verdicts.filter(({ isRemoved }) => isRemoved).map(({ unit }) => unit.place);
  };
  expect(await removed()).toEqual([]);
  deleteKey(store, watermark);
  expect(await removed()).toEqual([`artifacts/dataset/${plan.digest}`]);
});
