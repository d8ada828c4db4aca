import type { MetricRow } from '../../contracts/records.js';
import type { RunReport, TrainingCurves } from '../../contracts/report.js';
import { formatNumber } from '../../text/quantities.js';
import { html, type Html } from '../html.js';
import { lineChart, type LineChart } from '../charts/line-chart.js';
import { scatterChart } from '../charts/scatter-chart.js';
import { figureGrid, missingPart, simulatedSuffix, type Section } from '../page.js';

interface MetricsChart extends Omit<LineChart, 'series'> {
  /** By metric, what its line is called. */
  lines: Record<string, string>;
}

/** A figure with the values of metrics over steps; `undefined` if none was logged. */
export function metricsChart(
  rows: readonly MetricRow[],
  { lines, ...chart }: MetricsChart,
): Html | undefined {
  const series = Object.entries(lines).map(([metric, name]) => ({
    name,
    points: rows.flatMap((row) => {
      const value = row[metric];
      return typeof value === 'number' ? [[row.step, value] as const] : [];
    }),
  }));
  return lineChart({ ...chart, series });
}

/** Pretraining, where the run has it. */
export function pretrainSection({ pretrain }: RunReport): Section | undefined {
  if (!pretrain) return undefined;
  return {
    id: 'pretrain',
    title: 'Pretraining',
    short: 'Pretraining',
    body: lossFigures('pretrain', pretrain),
  };
}

/** Supervised fine-tuning: losses, learning rate, gradient norm. */
export function fineTuneSection({ fineTune, missing }: RunReport): Section {
  return {
    id: 'fine-tune',
    title: 'Supervised fine-tuning',
    short: 'Fine-tuning',
    body: fineTune
      ? lossFigures('fine-tune', fineTune)
      : missingPart('Fine-tuning', missing['fineTune']),
  };
}

function lossFigures(id: string, { metrics }: TrainingCurves): Html {
  const one = (metric: string, title: string) =>
    metricsChart(metrics, {
      id: `${id}-${metric.replace(/\W+/g, '-')}`,
      title,
      steps: 'optimiser step',
      lines: { [metric]: title },
    });
  return figureGrid(
    [
      metricsChart(metrics, {
        id: `${id}-loss`,
        title: 'Loss, nats a token',
        steps: 'optimiser step',
        lines: { 'train/loss': 'training', 'validation/loss': 'validation' },
      }),
      one('train/learning_rate', 'Learning rate'),
      one('train/grad_norm', 'Gradient norm'),
      one('train/tokens_per_second', 'Tokens a second'),
    ],
    'Every curve',
  );
}

type RewardCurves = NonNullable<RunReport['pickReward']>;

/** Both reward models: predictions against labels on held-out rows, and their losses. */
export function rewardSection(report: RunReport): Section {
  const models = [
    { id: 'pick', name: 'pickReward', title: 'Pick', model: report.pickReward },
    { id: 'aesthetic', name: 'aestheticReward', title: 'Aesthetic', model: report.aestheticReward },
  ];
  return {
    id: 'reward-models',
    title: `Reward models${simulatedSuffix(report.scores.simulated)}`,
    short: 'Reward models',
    body: html`${models.map(({ id, name, title, model }) =>
      model
        ? figureGrid(
            rewardFigures(id, title, model),
            `Every curve of the ${title.toLowerCase()} model`,
          )
        : missingPart(`The ${title.toLowerCase()} model`, report.missing[name]),
    )}`,
  };
}

function rewardFigures(id: string, title: string, model: RewardCurves): (Html | undefined)[] {
  const correlations = Object.entries({ pearson: 'Pearson', spearman: 'Spearman' }).flatMap(
    ([metric, name]) => {
      const value = lastOf(model, `validation/${metric}`);
      return value === undefined ? [] : [`${name} ${formatNumber(value, 2)}`];
    },
  );
  const own = model.summary['spearmanOfSamples'];
  const ownSamples =
    own === undefined
      ? []
      : [`Spearman ${formatNumber(own, 2)} on samples of the fine-tuned model`];
  return [
    scatterChart({
      id: `${id}-scatter`,
      title: `${title}: predicted against label, held out`,
      rows: model.scatter,
      note: `${[...correlations, ...ownSamples, `${model.scatter.length} held-out rows`].join(' · ')}.`,
    }),
    metricsChart(model.metrics, {
      id: `${id}-loss`,
      title: `${title}: squared error, standardised`,
      steps: 'optimiser step',
      low: 0,
      lines: { 'train/loss': 'training', 'validation/mse': 'held out' },
    }),
    metricsChart(model.metrics, {
      id: `${id}-correlation`,
      title: `${title}: correlation, held out`,
      steps: 'optimiser step',
      lines: { 'validation/pearson': 'Pearson', 'validation/spearman': 'Spearman' },
    }),
  ];
}

/** The stage's own final number, or the newest logged one. */
export function lastOf(model: TrainingCurves, metric: string): number | undefined {
  const logged = model.metrics.findLast((row) => row[metric] !== undefined)?.[metric];
  return model.summary[metric] ?? logged;
}
