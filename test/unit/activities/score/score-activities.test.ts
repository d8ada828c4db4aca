import { describe, expect, it } from 'vitest';
import { createPlanScores } from '../../../../activities/score/plan-scores.js';
import { createScoreShard } from '../../../../activities/score/score-shard.js';
import type { ScoredText, UnscoredText } from '../../../../activities/score/scored-texts.js';
import type { ScoreShardInput } from '../../../../contracts/activities.js';
import { providersSchema } from '../../../../recipe/sections/providers.js';
import type { ScoredShard } from '../../../../contracts/shards.js';
import { ProviderRowError, ProviderUnavailableError } from '../../../../providers/errors.js';
import { makeFolder } from '../../../support/folders.js';
import { jsonl, storeFiles } from '../../../support/made-up/made-up-run.js';
import {
  createMadeUpScorer,
  lengthScore,
  type MadeUpScorerBehaviour,
} from '../../../support/made-up/made-up-providers.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { runActivity } from '../../../support/fakes/run-activity.js';

const texts = Array.from({ length: 90 }, (_, i) => ({
  rowId: `row${i}`,
  kind: 'sample',
  x: `a cat ${'very '.repeat(i % 5)}old`,
  y: `a cat number ${i}, 8k`,
}));
const refusal = { provider: 'images', url: 'http://127.0.0.1/x', status: 422 };
const stageKey = 'a'.repeat(64);
/** Longer than what stands in the log itself. */
const large = 3000;

/** One shard of ninety texts, with ten of them twice. */
async function setUp(behaviour: MadeUpScorerBehaviour = {}) {
  const store = createMemoryStore();
  const cacheFolder = await makeFolder();
  const files = {
    'texts-train.jsonl': jsonl([...texts, ...texts.slice(0, 10)]),
    'texts-validation.jsonl': '',
  };
  const ref = await storeFiles(store, 'labels', files);
  const drawn: string[] = [];
  const scored: number[] = [];
  /** A process that scores: another one is another attempt, which knows nothing but the store. */
  const attempt = (own: MadeUpScorerBehaviour = behaviour) => {
    const scorer = createMadeUpScorer({
      ...own,
      onDraw: async (prompt) => {
        await own.onDraw?.(prompt);
        drawn.push(prompt);
      },
      onScore: async (rows) => {
        await own.onScore?.(rows);
        scored.push(rows.length);
      },
    });
    const dependencies = { store, cacheFolder, providers: () => scorer };
    return {
      planScores: createPlanScores(dependencies),
      scoreShard: createScoreShard(dependencies),
    };
  };
  const planAgain = () => runActivity(attempt().planScores, { of: 'labels', texts: ref, stageKey });
  const plan = await planAgain();
  const input: ScoreShardInput = {
    ...{ plan, shardIndex: 0, share: 1, allowance: {}, prior: {} },
    ...{ stageKey, providers: providersSchema.parse({}), seed: 3, imagesPerPrompt: 2 },
  };
  const score = (changes: Partial<ScoreShardInput> = {}, own?: MadeUpScorerBehaviour) =>
    runActivity(attempt(own).scoreShard, { ...input, ...changes });
  const linesOf = <Row>({ scores }: ScoredShard, name: string): Row[] =>
    Buffer.from(store.objects.get(`artifacts/labels/${scores!.digest}/${name}`)!.body)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  const keptPictures = () => [...store.objects.keys()].filter((key) => key.startsWith('work/'));
  const loggedText = () =>
    [...store.objects]
      .filter(([key]) => key.startsWith('answers/'))
      .map(([, { body }]) => Buffer.from(body).toString())
      .join('');
  return { store, loggedText, plan, planAgain, score, drawn, scored, linesOf, keptPictures };
}

const hang = () => new Promise<never>(() => undefined);
const callsOf = ({ spent }: ScoredShard) => [spent.images?.calls, spent.scores?.calls];

describe('planScores', () => {
  it('takes equal texts once, and tells what the stage has paid', async () => {
    const { plan, score, planAgain } = await setUp();
    expect(plan).toMatchObject({ shardCount: 1, rowCount: 90, spent: {}, spentByShard: {} });
    const { spent } = await score();
    expect(await planAgain()).toEqual({ ...plan, spent, spentByShard: { 0: spent } });
  });
});

describe('scoreShard', () => {
  it('has pictures of each text scored together, in two calls for up to 64 texts', async () => {
    const { score, drawn, scored, linesOf } = await setUp();
    const shard = await score();
    expect(new Set(drawn).size).toBe(90);
    expect(drawn).toHaveLength(90);
    expect(scored).toEqual([128, 128, 52, 52]);
    expect(callsOf(shard)).toEqual([90, 4]);
    const means = linesOf<ScoredText>(shard, 'scores.jsonl').map(({ aesthetic }) => aesthetic);
    expect(means).toHaveLength(90);
    expect(new Set(means)).toEqual(new Set(texts.map((text) => lengthScore(text).aesthetic)));
  });

  it.each([
    ['in the log', 0],
    ['in objects of their own', large],
  ])('asks for nothing twice when it is killed in the middle, pictures %s', async (_, padding) => {
    const { score, drawn, scored, keptPictures, loggedText } = await setUp();
    let answered = 0;
    // The first process never hears of the scores of its second group: it is killed there.
    const killed = score({}, { padding, onScore: () => (++answered > 2 ? hang() : undefined) });
    void killed.catch(() => undefined);
    await expect.poll(() => drawn.length).toBe(90);
    await expect.poll(() => scored.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(keptPictures()).toHaveLength(padding === 0 ? 0 : 26);
    const shard = await score({}, { padding });
    expect(drawn).toHaveLength(90);
    expect(scored).toEqual([128, 128, 52, 52]);
    expect(callsOf(shard)).toEqual([90, 4]);
    expect(keptPictures()).toEqual([]);
    expect(loggedText()).not.toContain('base64');
  });

  it('lets pictures go whose text was scored by an attempt that ended before it could', async () => {
    const { score, drawn, store, keptPictures } = await setUp({ padding: large });
    const deleteObject = store.delete.bind(store);
    store.delete = () => Promise.reject(new Error('killed'));
    await expect(score()).rejects.toThrow('killed');
    store.delete = deleteObject;
    expect(keptPictures()).toHaveLength(90);
    await score();
    expect(drawn).toHaveLength(90);
    expect(keptPictures()).toEqual([]);
  });

  it('draws pictures again that are recorded and gone, and counts them', async () => {
    const { score, drawn, store, keptPictures } = await setUp();
    const down = new ProviderUnavailableError('down', refusal);
    const failing = { padding: large, onScore: () => Promise.reject(down) };
    await expect(score({}, failing)).rejects.toThrow('down');
    expect(keptPictures()).toHaveLength(90);
    for (const key of keptPictures().slice(0, 7)) store.objects.delete(key);
    const shard = await score({}, { padding: large });
    expect(drawn).toHaveLength(97);
    expect(callsOf(shard)).toEqual([97, 4]);
    expect(keptPictures()).toEqual([]);
  });

  it('asks for nothing when another stage has the same texts scored', async () => {
    const { score, drawn, scored } = await setUp();
    const first = await score();
    const second = await score({ stageKey: 'b'.repeat(64) });
    expect(second.scores).toEqual(first.scores);
    expect(callsOf(second)).toEqual([undefined, undefined]);
    expect([drawn.length, scored.length]).toEqual([90, 4]);
  });

  it('stops where its allowance of pictures ends, scores what it has, and goes on with more', async () => {
    const { score, drawn, linesOf } = await setUp();
    const cut = await score({ allowance: { images: { calls: 40, cost: null } } });
    expect(cut.scores).toBeUndefined();
    expect(callsOf(cut)).toEqual([40, 2]);
    const whole = await score({ prior: cut.spent });
    expect(callsOf(whole)).toEqual([50, 2]);
    expect(drawn).toHaveLength(90);
    expect(linesOf(whole, 'scores.jsonl')).toHaveLength(90);
  });

  it('keeps the pictures that it may not have scored', async () => {
    const { score, drawn, keptPictures } = await setUp({ padding: large });
    const cut = await score({ allowance: { scores: { calls: 1, cost: null } } });
    expect(callsOf(cut)[1]).toBe(1);
    const count = drawn.length;
    expect(keptPictures()).toHaveLength(count);
    const whole = await score({ prior: cut.spent });
    expect(callsOf(whole)[1]).toBe(3);
    expect(drawn).toHaveLength(90);
  });

  it('finds the text that spoils its group and puts it aside with what came back', async () => {
    const spoilt = new ProviderRowError('bad picture', { ...refusal, answer: 'pixel soup' });
    const { score, linesOf } = await setUp({
      onScore: (rows) => {
        if (rows.some(({ y }) => y === texts[7]!.y)) throw spoilt;
      },
    });
    const shard = await score();
    expect(shard.quarantinedCount).toBe(1);
    expect(linesOf(shard, 'scores.jsonl')).toHaveLength(89);
    const [lost] = linesOf<UnscoredText>(shard, 'quarantine.jsonl');
    expect(lost).toMatchObject({ y: texts[7]!.y, reason: 'provider failed: bad picture' });
    expect(lost?.answer).toBe('pixel soup');
  });

  it('asks again for an answer that broke off on the way', async () => {
    const asked = new Set<string>();
    const cut = (what: unknown): void => {
      const key = JSON.stringify(what);
      const failure = { provider: 'images', url: refusal.url };
      if (asked.has(key)) return;
      asked.add(key);
      throw new ProviderRowError('no JSON', failure);
    };
    const { score } = await setUp({ onDraw: cut, onScore: cut });
    expect((await score()).quarantinedCount).toBe(0);
  });

  it('fails as soon as more than a tenth of all texts is lost', async () => {
    const { score, drawn } = await setUp({
      onDraw: () => {
        throw new ProviderRowError('refused', refusal);
      },
    });
    await expect(score()).rejects.toMatchObject({
      name: 'RowLossExceededError',
      message: expect.stringMatching(
        /at least 90 % of 90 texts; the providers failed on 10\. .*provider failed: refused/,
      ) as string,
    });
    expect(drawn).toEqual([]);
  });
});
