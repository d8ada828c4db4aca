import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRenderReport } from '../../../../activities/report/render-report.js';
import type { ReportInput } from '../../../../contracts/activities.js';
import type { RunReport } from '../../../../contracts/report.js';
import type { StageStatus } from '../../../../contracts/stages.js';
import { readArtifact } from '../../../../storage/artifacts.js';
import { StoreUnavailableError } from '../../../../storage/store-errors.js';
import { makeFolder } from '../../../support/folders.js';
import { madeUpReport } from '../../../support/made-up/made-up-report.js';
import { jsonl, madeUpRecipe, storeFiles } from '../../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

async function setUp() {
  const store = createMemoryStore();
  const cacheFolder = await makeFolder();
  const made = await madeUpReport();
  const metrics = async (part: keyof RunReport, files: Record<string, string> = {}) => {
    const { metrics: rows, summary } = made[part] as { metrics: object[]; summary: object };
    return storeFiles(store, 'metrics', {
      'metrics.jsonl': jsonl(rows),
      'summary.json': JSON.stringify({ ...summary, spearman: 0.5 }),
      ...files,
    });
  };
  const stage = (name: StageStatus['stage'], outputs: StageStatus['outputs']): StageStatus => ({
    stage: name,
    state: 'done',
    finishedAt: '2026-11-22T16:10:00.000Z',
    ...(outputs ? { outputs } : {}),
  });
  const scatter = { 'scatter.jsonl': jsonl([{ kind: 'plain', predicted: 1, label: 2 }]) };
  const input: ReportInput = {
    recipe: madeUpRecipe(),
    runId: 'run-1',
    workflowId: 'made-up-1',
    startedAt: '2026-11-22T16:00:00.000Z',
    stages: [
      stage('fineTune', { metrics: await metrics('fineTune') }),
      stage('pickReward', { metrics: await metrics('pickReward', scatter) }),
      stage('aestheticReward', { metrics: await metrics('aestheticReward', scatter) }),
      stage('optimizePolicy', {
        metrics: await metrics('optimizePolicy', { 'samples.jsonl': '' }),
        curve: await storeFiles(store, 'metrics', {
          'scorer-curve.jsonl': jsonl(made.optimizePolicy!.scorerCurve),
        }),
      }),
      stage('evaluate', {
        texts: await storeFiles(store, 'evaluation', { 'plan.json': '{}' }),
        evaluation: await storeFiles(store, 'evaluation', {
          'evaluation.json': JSON.stringify(made.evaluation),
          'texts.jsonl': jsonl([...made.samples, ...made.samples]),
        }),
      }),
    ],
  };
  const renderReport = createRenderReport({ store, cacheFolder });
  const write = async (changed: Partial<ReportInput> = {}) => {
    const folder = await readArtifact(
      store,
      await renderReport({ ...input, ...changed }),
      cacheFolder,
    );
    return {
      page: await readFile(join(folder, 'index.html'), 'utf8'),
      report: JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as RunReport,
    };
  };
  return { store, made, input, write };
}

describe('renderReport', () => {
  it('gathers what every stage left, wherever it lies among the outputs', async () => {
    const { made, write } = await setUp();
    const { report, page } = await write();
    expect(report.missing).toEqual({});
    expect(report.fineTune?.metrics).toEqual(made.fineTune?.metrics);
    expect(report.optimizePolicy?.scorerCurve).toEqual(made.optimizePolicy?.scorerCurve);
    expect(report.pickReward?.scatter).toMatchObject([{ predicted: 1, label: 2 }]);
    expect(report.evaluation).toEqual(made.evaluation);
    expect(report.samples).toHaveLength(20);
    expect(report.run.finishedAt).toBe('2026-11-22T16:10:00.000Z');
    expect(page).not.toContain('is missing');
  });

  it('names each part that is not there, with the reason, and still writes the page', async () => {
    const { write } = await setUp();
    const { page, report } = await write({
      stages: [{ stage: 'optimizePolicy', state: 'failed', message: 'KL above 100' }],
    });
    expect(report.missing['optimizePolicy']).toContain('failed (KL above 100)');
    expect(report.missing['fineTune']).toBe('this run has no such stage');
    expect(page).toContain('Policy optimisation is missing');
    expect(page).toContain('KL above 100');
  });

  it('names a damaged artifact instead of failing', async () => {
    const { store, made, input, write } = await setUp();
    const { digest } = input.stages[0]!.outputs!['metrics']!;
    store.objects.delete(`artifacts/metrics/${digest}/manifest.json`);
    const { report } = await write();
    expect(report.missing['fineTune']).toContain('damaged');
    expect(report.evaluation).toEqual(made.evaluation);
  });

  it('is tried again when the store does not answer', async () => {
    const { store, input, write } = await setUp();
    const { digest } = input.stages[0]!.outputs!['metrics']!;
    const get = store.get.bind(store);
    store.get = (key) =>
      key.includes(digest)
        ? Promise.reject(new StoreUnavailableError('the store does not answer'))
        : get(key);
    await expect(write()).rejects.toThrow('the store does not answer');
  });
});
