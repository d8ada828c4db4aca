import { MockActivityEnvironment } from '@temporalio/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEvaluateTexts } from '../../../../activities/evaluate/evaluate-texts.js';
import { createRewriteHeldOut } from '../../../../activities/evaluate/rewrite-held-out.js';
import { readAllRows } from '../../../../files/jsonl.js';
import type { GenerateJob, PredictJob } from '../../../../contracts/engine-job.js';
import { evaluationSchema, heldOutRowSchema } from '../../../../contracts/report.js';
import type { Engine } from '../../../../engine/process/client.js';
import { ProviderRowError } from '../../../../providers/errors.js';
import { readArtifact } from '../../../../storage/artifacts.js';
import { makeFolder } from '../../../support/folders.js';
import {
  jsonl,
  madeUpRecipe,
  storeDataset,
  storeFiles,
} from '../../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { createMadeUpScorer } from '../../../support/made-up/made-up-providers.js';
import { scoreAll } from '../../../support/programs/score-all.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';

interface Conditions {
  testCount?: number;
  /** Descriptions whose texts the scorer fails on. */
  failing?: (x: string) => boolean;
}

async function setUp({ testCount = 12, failing = () => false }: Conditions = {}) {
  const store = createMemoryStore();
  const cacheFolder = await makeFolder();
  const jobs: (GenerateJob | PredictJob)[] = [];
  const scored: string[] = [];
  const ref = (name: string) => storeFiles(store, 'model', { 'name.txt': name });
  const engine = {
    run: async (job: GenerateJob | PredictJob) => {
      jobs.push(job);
      if (job.kind === 'predict') return { scores: job.rows.map(({ y }) => y.length) };
      const name = await readFile(join(job.modelFolder, 'name.txt'), 'utf8');
      const rows = job.prompts.map((x, index) =>
        index === 0
          ? { text: '', ended: false, tokenCount: 48 }
          : { text: name === 'ppo' ? `${x}, golden light` : x, ended: true, tokenCount: 9 },
      );
      return { rows, tokensPerSecond: 1 };
    },
  } as unknown as Engine;
  const failure = { provider: 'scores', url: 'somewhere', status: 422 };
  const scorer = createMadeUpScorer({
    onDraw: (prompt) => void scored.push(prompt),
    onScore: (rows) => {
      const isRefused = rows.some(({ x }) => x !== undefined && failing(x));
      if (isRefused) throw new ProviderRowError('refused', failure);
    },
  });
  const dependencies = { store, cacheFolder, engine: () => engine };
  const activities = {
    rewriteHeldOut: createRewriteHeldOut(dependencies),
    evaluateTexts: createEvaluateTexts(dependencies),
  };
  const { recipe } = madeUpRecipe({ evaluate: { prompts: 10, bootstrapResamples: 100 } });
  const labels = await storeFiles(store, 'labels', {
    'train.jsonl': jsonl(
      [19, 21].map((pick, row) => {
        return { rowId: `${row}`, kind: 'plain', x: 'x', y: 'y', pick, aesthetic: 5 + row };
      }),
    ),
  });
  const common = { settings: recipe.evaluate, seed: 7 };
  const rewrite = async (): ReturnType<typeof activities.rewriteHeldOut> =>
    new MockActivityEnvironment({}, { logger: silentLogger }).run(activities.rewriteHeldOut, {
      ...common,
      dataset: await storeDataset(store, testCount),
      fineTuned: await ref('sft'),
      policy: await ref('ppo'),
      pickReward: await ref('pick'),
      aestheticReward: await ref('aesthetic'),
      batchSize: 4,
    });
  const evaluate = async (): ReturnType<typeof activities.evaluateTexts> => {
    const { texts } = await rewrite();
    const { scores } = await scoreAll(
      { ...dependencies, providers: () => scorer },
      { of: 'evaluation', texts },
    );
    return new MockActivityEnvironment({}, { logger: silentLogger }).run(activities.evaluateTexts, {
      ...common,
      providers: recipe.providers,
      texts,
      labels,
      scores,
    });
  };
  const read = (artifact: Parameters<typeof readArtifact>[1]) =>
    readArtifact(store, artifact, cacheFolder);
  return { store, jobs, scored, rewrite, evaluate, read };
}

describe('rewriteHeldOut', () => {
  it('writes every method, drawn texts at the temperature asked for and greedy ones at zero', async () => {
    const { rewrite, read, jobs } = await setUp();
    const folder = await read((await rewrite()).texts);
    const rows = await readAllRows(join(folder, 'written.jsonl'), heldOutRowSchema);
    expect(rows).toHaveLength(10);
    const { x, texts } = rows[3]!;
    expect(texts.unchanged).toMatchObject({ y: x, ended: null });
    expect(texts['fixed-tail'].y).toBe(`${x}, 4k, sharp focus, oil painting`);
    expect(texts.sft).toMatchObject({ y: x, ended: true });
    expect(texts.ppo.y).toBe(`${x}, golden light`);
    expect(texts.target.y).toContain(`${x}, sharp focus, 4k`);
    const temperatures = jobs.flatMap((job) =>
      job.kind === 'generate' ? [job.sampling.temperature] : [],
    );
    expect(temperatures).toEqual([0.7, 0, 0.7, 0]);
  });

  it('draws all methods with the same keys, so that they are paired', async () => {
    const { rewrite, jobs } = await setUp();
    await rewrite();
    const keys = jobs.flatMap((job) => (job.kind === 'generate' ? [job.rowKeys] : []));
    for (const other of keys) expect(other).toEqual(keys[0]);
    expect(new Set(keys[0]).size).toBe(10);
  });

  it('never asks a reward model about an empty text', async () => {
    const { rewrite, jobs } = await setUp();
    await rewrite();
    const asked = jobs.flatMap((job) => (job.kind === 'predict' ? job.rows : []));
    expect(asked).toHaveLength(2 * 7 * 10);
    expect(asked.every(({ y }) => y !== '')).toBe(true);
  });

  it('refuses a data set without held-out pairs and says what to do', async () => {
    const { rewrite } = await setUp({ testCount: 0 });
    await expect(rewrite()).rejects.toThrow(/found none; collect more rows or raise testShare/);
  });
});

describe('evaluateTexts', () => {
  it('compares all methods and says that the scores are simulated', async () => {
    const { evaluate, read } = await setUp();
    const { evaluation: ref, summary } = await evaluate();
    const text = await readFile(join(await read(ref), 'evaluation.json'), 'utf8');
    const evaluation = evaluationSchema.parse(JSON.parse(text));
    expect(evaluation).toMatchObject({ descriptionCount: 10, lostCount: 0 });
    expect(evaluation.scores).toEqual({ simulated: true, model: 'simulator' });
    const gain = evaluation.differences.find(
      ({ of, against }) => of === 'ppo' && against === 'sft',
    );
    expect(gain!.metrics.aesthetic).toMatchObject({ verdict: 'higher' });
    // ", golden light" is 14 characters longer; the first row's text is empty with both models: 0.9 * 14
    expect(gain!.metrics.aesthetic!.mean).toBeCloseTo(12.6, 6);
    expect(summary['ppo-minus-sft/mean']).toBe(gain!.metrics.mixed!.mean);
  });

  it('has the description drawn where a text is empty, and still counts no content kept', async () => {
    const { evaluate, read, scored } = await setUp();
    const { evaluation } = await evaluate();
    expect(scored.every((y) => y !== '')).toBe(true);
    const text = await readFile(join(await read(evaluation), 'texts.jsonl'), 'utf8');
    const first = JSON.parse(text.split('\n')[0]!) as {
      texts: Record<string, { y: string; metrics: Record<string, number> }>;
    };
    expect(first.texts['ppo']).toMatchObject({ y: '', metrics: { contentKept: 0, words: 0 } });
    expect(first.texts['ppo']!.metrics['pick']).toBe(first.texts['unchanged']!.metrics['pick']);
  });

  it('leaves a description out for all methods when one text cannot be scored', async () => {
    let refused: string | undefined;
    const { evaluate, read } = await setUp({
      failing: (x) => {
        refused ??= x;
        return x === refused;
      },
    });
    const { evaluation: ref } = await evaluate();
    const text = await readFile(join(await read(ref), 'evaluation.json'), 'utf8');
    expect(evaluationSchema.parse(JSON.parse(text))).toMatchObject({
      descriptionCount: 9,
      lostCount: 1,
    });
  });

  it('stops when the providers fail on too many', async () => {
    const { evaluate } = await setUp({ failing: (x) => /[0-4]$/.test(x) });
    await expect(evaluate()).rejects.toThrow(/at least 90 %/);
  });

  it('gives the same digest twice and leaves no work behind', async () => {
    const first = await setUp();
    const second = await setUp();
    expect((await first.evaluate()).evaluation.digest).toBe(
      (await second.evaluate()).evaluation.digest,
    );
    expect([...first.store.objects.keys()].filter((key) => key.startsWith('work/'))).toEqual([]);
  });
});
