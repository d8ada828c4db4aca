import { describe, expect, it } from 'vitest';
import { createLabelTexts } from '../../../../activities/label/label-texts.js';
import { createSampleForLabels } from '../../../../activities/label/sample-for-labels.js';
import type { GenerateJob } from '../../../../contracts/engine-job.js';
import { labelRewardsSchema } from '../../../../recipe/sections/training.js';
import { samplingSchema } from '../../../../recipe/sections/ppo.js';
import type { LabelRow, PromptPair } from '../../../../contracts/records.js';
import type { Engine } from '../../../../engine/process/client.js';
import { ProviderRowError } from '../../../../providers/errors.js';
import { writeArtifact } from '../../../../storage/artifacts.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';
import {
  createMadeUpScorer,
  lengthScore,
  type MadeUpScorerBehaviour,
} from '../../../support/made-up/made-up-providers.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { runActivity } from '../../../support/fakes/run-activity.js';
import { scoreAll } from '../../../support/programs/score-all.js';

const settings = labelRewardsSchema.parse({ rows: 800, validationShare: 0.25 });
const failure = { provider: 'images', url: 'http://127.0.0.1/x' };

const pairsOf = (split: string, count: number) =>
  Array.from({ length: count }, (_, i): PromptPair => ({
    id: `${split}${i}-summary`,
    rowId: `${split}${i}`,
    route: 'summary',
    x: `a ${split} cat${i}`,
    y: `a ${split} cat${i}, 8k, dark`,
  }));
const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

async function setUp(behaviour?: MadeUpScorerBehaviour) {
  const store = createMemoryStore();
  const jobs: GenerateJob[] = [];
  const engine = {
    async run(job: GenerateJob) {
      jobs.push(job);
      const rows = job.prompts.map((x, i) => ({
        text: i === 0 ? '' : `${x}, drawn ${job.rowKeys[i]}`,
        ended: true,
        tokenCount: 5,
      }));
      return { rows, tokensPerSecond: 1 };
    },
  } as unknown as Engine;
  const dependencies = { store, cacheFolder: await makeFolder(), engine: () => engine };
  const activities = {
    sampleForLabels: createSampleForLabels(dependencies),
    labelTexts: createLabelTexts(dependencies),
  };
  const dataset = await writeArtifact(
    store,
    'dataset',
    await makeFiles({
      'train.jsonl': jsonl(pairsOf('train', 400)),
      'validation.jsonl': jsonl(pairsOf('validation', 60)),
      'test.jsonl': jsonl(pairsOf('test', 60)),
    }),
  );
  const model = await writeArtifact(store, 'model', await makeFiles({ 'config.json': '{}' }));
  const sampling = samplingSchema.parse({});
  const sampled = await runActivity(activities.sampleForLabels, {
    settings,
    seed: 3,
    dataset,
    model,
    sampling,
    batchSize: 8,
  });
  const { texts } = sampled;
  const label = async () => {
    const providers = () => createMadeUpScorer(behaviour);
    const { scores } = await scoreAll({ ...dependencies, providers }, { of: 'labels', texts });
    return runActivity(activities.labelTexts, { texts, scores });
  };
  const rowsOf = (digest: string, file: string) =>
    Buffer.from(store.objects.get(`artifacts/labels/${digest}/${file}`)!.body)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LabelRow);
  return { store, jobs, sampled, label, rowsOf };
}

describe('sampleForLabels', () => {
  it('takes training texts from training rows, validation texts from validation rows, none from test', async () => {
    const { sampled, rowsOf } = await setUp();
    const train = rowsOf(sampled.texts.digest, 'texts-train.jsonl');
    const validation = rowsOf(sampled.texts.digest, 'texts-validation.jsonl');
    expect(train.every((row) => row.rowId.startsWith('train'))).toBe(true);
    expect(validation.every((row) => row.rowId.startsWith('validation'))).toBe(true);
    expect(JSON.stringify([...train, ...validation])).not.toContain('test');
    // Both jobs lose their first text, which is empty.
    expect(train.length + validation.length).toBe(798);
    expect(validation.length).toBeGreaterThan(190);
    expect(new Set(train.map((row) => row.kind)).size).toBe(4);
  });

  it('draws greedy samples at temperature 0 and the others as the recipe says', async () => {
    const { jobs } = await setUp();
    expect(jobs.map((job) => job.sampling.temperature)).toEqual([0.7, 0]);
  });
});

describe('labelTexts', () => {
  it('gives every text its scores and leaves no picture behind', async () => {
    const { label, rowsOf, store } = await setUp({ padding: 3000 });
    const { labels, summary } = await label();
    const rows = rowsOf(labels.digest, 'train.jsonl');
    for (const row of rows) expect(row).toMatchObject(lengthScore(row));
    expect(summary['labels']).toBe(798);
    expect(summary['validationLabels']).toBe(798 - rows.length);
    const files = [...store.objects.keys()];
    expect(files.filter((key) => key.startsWith('work/'))).toEqual([]);
    expect(files.some((key) => key.endsWith(`${labels.digest}/quarantine.jsonl`))).toBe(false);
  });

  it('gives the same labels whatever order the answers come in', async () => {
    const one = await (await setUp()).label();
    const late = (prompt: string) =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, prompt.length % 3);
      });
    expect((await (await setUp({ onDraw: late })).label()).labels).toEqual(one.labels);
  });

  it('leaves a text out when providers fail on it, says which, and stops when they fail on many', async () => {
    const failingOn = (pattern: RegExp) => ({
      onDraw: (prompt: string) => {
        if (pattern.test(prompt))
          throw new ProviderRowError('refused', { ...failure, status: 422 });
      },
    });
    const { label, rowsOf } = await setUp(failingOn(/cat\d?77,/));
    const { labels, summary } = await label();
    expect(summary['lostToProviders']).toBeGreaterThan(0);
    expect(summary['labels']! + summary['lostToProviders']!).toBe(798);
    const [first] = rowsOf(labels.digest, 'quarantine.jsonl');
    expect(first).toMatchObject({ reason: 'provider failed: refused' });
    const many = await setUp(failingOn(/[67],/));
    await expect(many.label()).rejects.toMatchObject({ name: 'RowLossExceededError' });
  });
});
