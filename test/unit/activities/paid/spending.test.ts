import { expect, it } from 'vitest';
import { countAnswers } from '../../../../activities/paid/spending.js';
import { openAnswerLog } from '../../../../activities/paid/answer-log.js';
import { logPartOf } from '../../../../activities/paid/shard-layout.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

const signal = new AbortController().signal;
const own = { kind: 'collect', stageKey: 'a'.repeat(64) };

const chatAnswer = (key: string, promptTokens: number, completionTokens: number) => ({
  key,
  logPart: logPartOf('row'),
  provider: 'chat' as const,
  cost: 0.5,
  value: {
    text: 'a red fox',
    finishReason: 'stop',
    refusal: null,
    promptTokens,
    completionTokens,
  },
});

it("counts the tokens and pictures of a collection's own answers, an answer that lies there twice once", async () => {
  const store = createMemoryStore();
  const log = await openAnswerLog(store, { ...own, bits: '0' }, signal);
  await log.record(chatAnswer('one', 30, 4));
  await log.record({ ...chatAnswer('two', 50, 6), logPart: `0${'1'.repeat(15)}` });
  await log.record({
    ...chatAnswer('three', 1, 0),
    provider: 'images',
    value: { base64: 'iVBOR' },
  });
  // Killed while its segments were joined: the segments are still there.
  const segments = new Map(store.objects);
  await log.close({ join: true });
  for (const [key, segment] of segments) store.objects.set(key, segment);
  const second = await openAnswerLog(store, { ...own, bits: '1' }, signal);
  await second.record({ ...chatAnswer('four', 7, 9), provider: 'captions' });
  const other = await openAnswerLog(
    store,
    { kind: 'collect', stageKey: 'b'.repeat(64), bits: '0' },
    signal,
  );
  await other.record(chatAnswer('five', 1000, 1000));

  expect(await countAnswers(store, own)).toEqual({
    chat: { promptTokens: 80, completionTokens: 10, images: 0 },
    images: { promptTokens: 0, completionTokens: 0, images: 1 },
    captions: { promptTokens: 7, completionTokens: 9, images: 0 },
  });
});

it('of a collection that paid nothing there is nothing', async () => {
  expect(await countAnswers(createMemoryStore(), own)).toEqual({});
});
