import { writeFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BurnishActivities, ReportInput } from '../../contracts/activities.js';
import { metricRowSchema, policySampleSchema, type MetricRow } from '../../contracts/records.js';
import {
  evaluatedRowSchema,
  evaluationSchema,
  scatterRowSchema,
  type NamedArtifact,
  type RunReport,
  type TrainingCurves,
} from '../../contracts/report.js';
import { readJson, writeJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { Stage } from '../../recipe/stage.js';
import { writeArtifact } from '../../storage/artifacts.js';
import { StoreUnavailableError } from '../../storage/store-errors.js';
import { formatBytes } from '../../text/quantities.js';
import { renderReport } from '../../web/report/render-report.js';
import type { StoreDependencies } from '../dependencies.js';
import { originOfScores } from '../evaluate/evaluate-texts.js';
import { openStageFiles, orElse, type StageFiles } from './stage-files.js';

/** The activity that writes a run's report: index.html for people, report.json for machines. */
export function createRenderReport(
  dependencies: StoreDependencies,
): BurnishActivities['renderReport'] {
  return async (input) => {
    const report = await collectReport(input, dependencies);
    return withWorkFolder(dependencies.cacheFolder, async (folder) => {
      await writeFile(join(folder, 'index.html'), renderReport(report));
      await writeJson(join(folder, 'report.json'), report);
      return writeArtifact(dependencies.store, 'report', folder);
    });
  };
}

/** Rows shown before and after. */
const SAMPLE_COUNT = 20;

const curvePointSchema = z.looseObject({
  iteration: z.number(),
  rewardModel: z.number(),
  scorer: z.number(),
});

/**
 * All that a run's report shows; what cannot be read is named in `missing` with the reason.
 *
 * @throws StoreUnavailableError if the store does not answer, so that the activity is tried again.
 */
// eslint-disable-next-line max-lines-per-function -- one report, its fields in the order of the page
export async function collectReport(
  input: ReportInput,
  dependencies: StoreDependencies,
): Promise<RunReport> {
  const { recipe, digest } = input.recipe;
  const missing: Record<string, string> = {};
  const part = async <Content>(
    stage: Stage,
    name: string,
    read: (files: StageFiles) => Promise<Content>,
  ): Promise<Content | undefined> => {
    const status = input.stages.find((found) => found.stage === stage);
    try {
      return await read(await openStageFiles(status, dependencies));
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      missing[name] = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  };
  const reward = (stage: Stage) =>
    part(stage, stage, async (files) => ({
      ...(await readCurves(files)),
      scatter: await orElse(files.rows('scatter.jsonl', scatterRowSchema), []),
    }));
  const parts = {
    pretrain: recipe.pretrain ? await part(Stage.pretrain, Stage.pretrain, readCurves) : undefined,
    fineTune: await part(Stage.fineTune, Stage.fineTune, readCurves),
    pickReward: await reward(Stage.pickReward),
    aestheticReward: await reward(Stage.aestheticReward),
    optimizePolicy: await part(Stage.optimizePolicy, Stage.optimizePolicy, async (files) => ({
      ...(await readCurves(files)),
      samples: await orElse(files.rows('samples.jsonl', policySampleSchema), []),
      scorerCurve: await orElse(files.rows('scorer-curve.jsonl', curvePointSchema), []),
    })),
    evaluation: await part(Stage.evaluate, 'evaluation', (files) =>
      files.json('evaluation.json', evaluationSchema),
    ),
    publish: input.publish,
  };
  const samples = await part(Stage.evaluate, 'samples', (files) =>
    files.rows('texts.jsonl', evaluatedRowSchema),
  );
  return {
    recipe: { name: recipe.name, digest, seed: recipe.seed, settings: recipe },
    run: {
      workflowId: input.workflowId,
      runId: input.runId,
      startedAt: input.startedAt,
      finishedAt: finishedAt(input),
    },
    machine: describeMachine(),
    versions: await describeVersions(),
    stages: input.stages,
    scores: originOfScores(recipe.providers),
    ...(Object.fromEntries(
      Object.entries(parts).filter(([, value]) => value !== undefined),
    ) as Partial<RunReport>),
    samples: (samples ?? []).slice(0, SAMPLE_COUNT),
    artifacts: artifactsOf(input),
    missing,
  };
}

async function readCurves(files: StageFiles): Promise<TrainingCurves> {
  const rows = await files.rows('metrics.jsonl', metricRowSchema);
  return { metrics: rows as MetricRow[], summary: await files.summary() };
}

/** The end of the last stage; the report itself takes no part in it. */
function finishedAt({ stages, startedAt }: ReportInput): string {
  const ends = stages.map((stage) => stage.finishedAt ?? startedAt);
  return ends.reduce((latest, end) => (end > latest ? end : latest), startedAt);
}

function artifactsOf({ recipe, stages }: ReportInput): NamedArtifact[] {
  const base = recipe.base ? [{ stage: 'base', name: 'model', ref: recipe.base }] : [];
  const outputs = stages.flatMap(({ stage, outputs }) =>
    Object.entries(outputs ?? {}).map(([name, ref]) => ({ stage, name, ref })),
  );
  return [...base, ...outputs];
}

const packageSchema = z.looseObject({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

const SHOWN_PACKAGES: Record<string, string> = {
  'Temporal SDK': '@temporalio/worker',
  'TensorFlow.js': '@tensorflow/tfjs-core',
};

/** The machine of the worker that writes the report, for people. */
function describeMachine(): Record<string, string> {
  const model = cpus()[0]?.model.trim();
  return {
    'Report written on': `${platform()} ${arch()}`,
    Processor: `${model === undefined || model === '' ? 'unknown' : model}, ${availableParallelism()} cores`,
    Memory: formatBytes(totalmem()),
  };
}

/** Versions of Node, of Burnish and of what does the work. */
async function describeVersions(): Promise<Record<string, string>> {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  const { version, dependencies } = await readJson(path, packageSchema);
  const versions: Record<string, string> = { Burnish: version, Node: process.versions.node };
  for (const [title, name] of Object.entries(SHOWN_PACKAGES)) {
    const found = dependencies[name];
    if (found !== undefined) versions[title] = found;
  }
  return versions;
}
