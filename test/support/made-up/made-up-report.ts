import { measureTexts, type ScoredRow } from '../../../activities/evaluate/measure-texts.js';
import { compareMethods } from '../../../activities/evaluate/compare-methods.js';
import type { ArtifactKind, ArtifactRef } from '../../../contracts/artifact.js';
import type { MetricRow } from '../../../contracts/records.js';
import {
  evaluationMethods,
  type EvaluationMethod,
  type HeldOutRow,
  type RunReport,
} from '../../../contracts/report.js';
import { recipeSchema } from '../../../recipe/recipe.js';
import type { StageStatus } from '../../../contracts/stages.js';
import { normal, uniform } from '../../../text/random.js';
import { madeUpTexts } from './made-up-texts.js';

/** Every number here is made up; the texts too. It only has the shape of a run. */

const SEED = 20;
const STANDARDS = { pick: { mean: 20.4, std: 0.9 }, aesthetic: { mean: 5.3, std: 0.45 } };

function madeUpRef(kind: ArtifactKind, key: number): ArtifactRef {
  const digest = Array.from({ length: 64 }, (_, index) =>
    Math.floor(uniform(SEED, key, index) * 16).toString(16),
  ).join('');
  const uri = `s3://burnish/artifacts/${kind}/${digest}/`;
  return { kind, digest, uri, byteLength: Math.floor(uniform(SEED, key) * 9e6) };
}

function curve(
  stepCount: number,
  every: number,
  values: (share: number, noise: number, step: number) => Record<string, number>,
): MetricRow[] {
  return Array.from({ length: Math.floor(stepCount / every) + 1 }, (_, index) => {
    const step = index * every;
    return { step, ...values(step / stepCount, normal(SEED, stepCount, step), step) };
  });
}

const QUALITY: Record<EvaluationMethod, number> = {
  unchanged: 0.05,
  'fixed-tail': 0.3,
  sft: 0,
  ppo: 0.24,
  'sft-greedy': -0.3,
  'ppo-greedy': 0.35,
  target: 0.42,
};

async function madeUpEvaluation(): Promise<Pick<RunReport, 'evaluation' | 'samples'>> {
  const rows: HeldOutRow[] = Array.from({ length: 60 }, (_, index) => {
    const texts = madeUpTexts[index % madeUpTexts.length]!;
    const all = { ...texts, 'sft-greedy': texts.sft, 'ppo-greedy': texts.ppo };
    return {
      rowId: `row-${index}`,
      x: texts.unchanged,
      texts: Object.fromEntries(
        evaluationMethods.map((method) => {
          const written = /sft|ppo/.test(method);
          const rewardModels = {
            rewardModelPick: 20.4 + 1.1 * QUALITY[method] + 0.2 * normal(4, index),
            rewardModelAesthetic: 5.3 + 0.6 * QUALITY[method] + 0.1 * normal(5, index),
          };
          const ended = written ? index % 30 !== 7 : null;
          return [method, { y: all[method], ended, ...rewardModels }];
        }),
      ) as HeldOutRow['texts'],
    };
  });
  const scored = rows.map((row, index): ScoredRow => {
    const entries = evaluationMethods.map((method, place) => {
      const common = QUALITY[method] + 0.7 * normal(1, index);
      const pick = STANDARDS.pick.mean + 0.9 * (common + 0.5 * normal(2, index, place));
      const own = QUALITY[method] + 0.9 * normal(3, index, place);
      return [method, { pick, aesthetic: STANDARDS.aesthetic.mean + 0.45 * own }];
    });
    return { ...row, scores: Object.fromEntries(entries) as ScoredRow['scores'] };
  });
  const measured = measureTexts(scored, STANDARDS);
  const recipe = recipeSchema.parse({ name: 'made-up' });
  return {
    samples: measured.slice(0, 20),
    evaluation: {
      version: 1,
      seed: 42,
      descriptionCount: measured.length,
      lostCount: 0,
      bootstrapResamples: 200,
      imagesPerPrompt: 4,
      sampling: recipe.evaluate.sampling,
      tail: 'highly detailed, digital painting, artstation, sharp focus, 8k',
      scores: { simulated: true, model: 'simulator' },
      mixed: { pickWeight: 0.7, ...STANDARDS },
      ...(await compareMethods(measured, { resamples: 200, seed: 42 })),
    },
  };
}

function madeUpStages(): StageStatus[] {
  const plan: [StageStatus['stage'], StageStatus['state'], number, number][] = [
    ['collect', 'reused', 0, 0],
    ['fineTune', 'done', 64, 3],
    ['labelRewards', 'done', 31, 0],
    ['pickReward', 'done', 48, 2],
    ['aestheticReward', 'done', 26, 1],
    ['optimizePolicy', 'done', 96, 4],
    ['evaluate', 'done', 22, 0],
    ['publish', 'done', 1.2, 0],
  ];
  let at = Date.UTC(2026, 10, 22, 16, 5, 0);
  return plan.map(([stage, state, seconds, segments]) => {
    const startedAt = new Date(at).toISOString();
    at += seconds * 1000 + 400;
    return {
      stage,
      state,
      startedAt,
      finishedAt: new Date(at - 400).toISOString(),
      seconds,
      ...(segments > 0 ? { segments, attempts: stage === 'optimizePolicy' ? 5 : segments } : {}),
      ...(state === 'reused'
        ? { message: 'Result of run demo-2026-11-21 with the same inputs' }
        : {}),
      summary: { seconds },
    };
  });
}

/** A report with every part, made up from nothing but a seed. */
export async function madeUpReport(): Promise<RunReport> {
  const stages = madeUpStages();
  const scatter = (spread: number, key: number) =>
    Array.from({ length: 360 }, (_, row) => {
      const label = normal(SEED, key, row);
      return { label, predicted: (1 - spread) * label + 0.5 * spread * normal(SEED, key + 1, row) };
    });
  const rewardMetrics = (top: number) =>
    curve(90, 5, (share, noise) => ({
      'train/loss': 1.1 - 0.5 * share + 0.06 * noise,
      'validation/mse': 1 - top * 0.6 * share ** 0.5,
      'validation/pearson': top * share ** 0.4,
      'validation/spearman': (top - 0.02) * share ** 0.4,
    }));
  return {
    recipe: {
      name: 'made-up',
      digest: madeUpRef('report', 1).digest,
      seed: 42,
      settings: recipeSchema.parse({ name: 'made-up' }),
    },
    run: {
      workflowId: 'made-up-2026-11-22',
      runId: '0190f3c2-6a71-7e10-9f55-3b1f0f3d2a11',
      startedAt: stages[0]!.startedAt!,
      finishedAt: stages.at(-1)!.finishedAt!,
    },
    machine: { Processor: 'Made-up CPU, 2 cores', Memory: '8.0 GB', System: 'linux x64' },
    versions: { Node: '20.19.4', Burnish: '0.1.0', 'Temporal SDK': '1.24.0' },
    stages,
    scores: { simulated: true, model: 'simulator' },
    fineTune: {
      summary: { 'validation/loss': 2.02 },
      metrics: curve(420, 2, (share, noise, step) => ({
        'train/loss': 3.6 - 1.7 * share ** 0.3 + 0.08 * noise,
        ...(step % 60 === 0 ? { 'validation/loss': 3.62 - 1.6 * share ** 0.3 } : {}),
        'train/learning_rate':
          1e-3 * Math.min(share / 0.03, 0.55 + 0.45 * Math.cos(Math.PI * share)),
        'train/grad_norm': 1.2 - 0.5 * share + 0.1 * noise,
        'train/tokens_per_second': 6100 + 150 * noise,
      })),
    },
    pickReward: {
      summary: { spearmanOfSamples: 0.31 },
      metrics: rewardMetrics(0.42),
      scatter: scatter(0.75, 5),
    },
    aestheticReward: { summary: {}, metrics: rewardMetrics(0.68), scatter: scatter(0.5, 8) },
    optimizePolicy: {
      summary: {},
      samples: [],
      scorerCurve: Array.from({ length: 8 }, (_, index) => ({
        iteration: index * 5,
        rewardModel: 0.15 + 0.032 * index + 0.01 * normal(SEED, 31, index),
        scorer: 0.02 + 0.022 * index + 0.03 * normal(SEED, 32, index),
      })),
      metrics: curve(35, 1, (share, noise) => ({
        'objective/score': 0.15 + 0.3 * share + 0.03 * noise,
        'objective/reward': 0.12 + 0.22 * share + 0.03 * noise,
        'objective/kl': 0.4 + 7 * share + 0.3 * noise,
        'objective/entropy': 52 - 14 * share + noise,
        'policy/clip_fraction': 0.04 + 0.05 * share + 0.006 * noise,
        'value/clip_fraction': 0.02 + 0.01 * noise * noise,
        'policy/loss': -0.01 - 0.01 * share + 0.003 * noise,
        'value/loss': 0.4 - 0.25 * share + 0.02 * noise,
        'policy/approx_kl': 0.006 + 0.006 * share + 0.001 * noise,
        'value/explained_variance': 0.05 + 0.5 * share ** 0.5 + 0.03 * noise,
        'ratio/mean': 1 + 0.001 * noise,
        'ratio/first': 1,
        'kl/coefficient': 0.05 + 0.02 * share,
        'tokens/response_mean': 29 - 5 * share + 0.5 * noise,
        'tokens/ended_share': 0.93 + 0.06 * share,
        'reward/content_kept': 0.88 + 0.02 * share + 0.008 * noise,
      })),
    },
    ...(await madeUpEvaluation()),
    publish: {
      version: 'burnish-3',
      aliasMoved: true,
      message: 'Published burnish-3; the alias production points to it (it was burnish-2).',
    },
    artifacts: [
      { stage: 'collect', name: 'dataset', ref: madeUpRef('dataset', 2) },
      { stage: 'fineTune', name: 'model', ref: madeUpRef('model', 3) },
      { stage: 'fineTune', name: 'metrics', ref: madeUpRef('metrics', 4) },
      { stage: 'optimizePolicy', name: 'model', ref: madeUpRef('model', 5) },
      { stage: 'evaluate', name: 'evaluation', ref: madeUpRef('evaluation', 6) },
    ],
    missing: {},
  };
}
