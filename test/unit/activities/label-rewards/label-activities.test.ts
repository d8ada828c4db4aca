import { describe, expect, it } from 'vitest';
import { createLabelActivities } from '../../../../activities/label-rewards/create-label-activities.js';
import type { GenerateJob } from '../../../../contracts/engine-job.js';
import { labelRewardsSchema } from '../../../../contracts/recipe/label-rewards.js';
import { providersSchema } from '../../../../contracts/recipe/providers.js';
import { samplingSchema } from '../../../../contracts/recipe/sampling.js';
import type { LabelRow, PromptPair } from '../../../../contracts/records.js';
import type { Engine } from '../../../../engine/process/client.js';
import { ProviderRowError, ProviderUnavailableError } from '../../../../providers/errors.js';
import type { ScoreTexts, TextRow } from '../../../../providers/score-texts.js';
import { writeArtifact } from '../../../../storage/artifacts.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';
import { lengthScore } from '../../../support/made-up-providers.js';
import { createMemoryStore } from '../../../support/memory-store.js';
import { runActivity } from '../../../support/run-activity.js';

const settings = labelRewardsSchema.parse({ rows: 800, validationShare: 0.25 });
const providers = providersSchema.parse({});
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

/** Providers that score by length and may fail. */
function scorerOf(onAsked: (row: TextRow) => void): ScoreTexts {
  return (async (rows: TextRow[], options: { onRowError?: (i: number, e: unknown) => void }) =>
    rows.map((row, index) => {
      try {
        onAsked(row);
        return lengthScore(row);
      } catch (error) {
        if (!(error instanceof ProviderRowError)) throw error;
        options.onRowError?.(index, error);
        return undefined;
      }
    })) as ScoreTexts;
}

async function setUp(onAsked: (row: TextRow) => void = () => undefined) {
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
  const activities = createLabelActivities({
    store,
    cacheFolder: await makeFolder(),
    engine: () => engine,
    providers: () => ({ scoreTexts: scorerOf(onAsked) }),
  });
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
  const label = () =>
    runActivity(activities.labelTexts, { settings, providers, seed: 3, texts: sampled.texts });
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
  it('scores every text and leaves nothing half done behind', async () => {
    const { label, rowsOf, store } = await setUp();
    const { labels, summary } = await label();
    const rows = rowsOf(labels.digest, 'train.jsonl');
    for (const row of rows) {
      expect(row).toMatchObject({ pick: row.x.length, aesthetic: row.y.length });
    }
    expect(summary['labels']).toBe(798);
    expect(summary['validationLabels']).toBe(798 - rows.length);
    expect([...store.objects.keys()].filter((key) => key.startsWith('work/'))).toEqual([]);
  });

  it('goes on from the finished parts when it is tried again', async () => {
    let asked = 0;
    let isDown = true;
    const { label } = await setUp(() => {
      asked += 1;
      if (asked === 600 && isDown) throw new ProviderUnavailableError('down', failure);
    });
    await expect(label()).rejects.toMatchObject({ name: 'ProviderUnavailableError' });
    isDown = false;
    const before = asked;
    const { labels, summary } = await label();
    expect(summary['labels']).toBe(798);
    // Two parts of 256 were done; the third and the rest are asked for now.
    expect(asked - before).toBe(798 - 512);
    expect((await (await setUp()).label()).labels.digest).toBe(labels.digest);
  });

  it('leaves a text out when providers fail on it, and stops when they fail on many', async () => {
    const rare = await setUp((row) => {
      if (/[67]$/.test(row.x)) throw new ProviderRowError('rubbish', failure);
    });
    const few = await setUp((row) => {
      if (row.x.endsWith('77')) throw new ProviderRowError('rubbish', failure);
    });
    const { summary } = await few.label();
    expect(summary['lostToProviders']).toBeGreaterThan(0);
    expect(summary['labels']! + summary['lostToProviders']!).toBe(798);
    await expect(rare.label()).rejects.toMatchObject({ name: 'RowLossExceededError' });
  });
});
