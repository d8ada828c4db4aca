import type {
  Difference,
  EvaluatedRow,
  Evaluation,
  EvaluationMetric,
  Interval,
} from '../../contracts/report.js';
import { methodNames } from '../../web/report/evaluation-words.js';
import { renderTable } from '../terminal/table.js';
import { clipText, withoutControls } from '../terminal/terminal.js';

const shownMetrics: { metric: EvaluationMetric; title: string; digits: number }[] = [
  { metric: 'mixed', title: 'mixed score', digits: 3 },
  { metric: 'pick', title: 'pick', digits: 2 },
  { metric: 'aesthetic', title: 'aesthetic', digits: 2 },
  { metric: 'contentKept', title: 'content kept', digits: 3 },
  { metric: 'words', title: 'words', digits: 1 },
  { metric: 'endedByItself', title: 'ended', digits: 3 },
];

/**
 * Returns the before/after table: one method a line, means with half the width of the 95 % interval, and
 * what PPO changed, with an interval that holds zero called unproven.
 */
export function renderEvaluation(evaluation: Evaluation): string[] {
  const source = evaluation.scores.simulated
    ? 'Scores are SIMULATED: a stand-in for pictures no one rendered.'
    : `Scores by ${evaluation.scores.model}.`;
  const table = renderTable(
    [{ title: 'method' }, ...shownMetrics.map(({ title }) => ({ title, align: 'right' as const }))],
    evaluation.methods.map(({ method, metrics }) => [
      methodNames[method].long,
      ...shownMetrics.map(({ metric, digits }) => renderInterval(metrics[metric], digits)),
    ]),
  );
  const differences = evaluation.differences
    .filter(
      ({ of, against }) => of === 'ppo' && ['sft', 'unchanged', 'fixed-tail'].includes(against),
    )
    .map(renderDifference);
  return [
    `${String(evaluation.descriptionCount)} held-out descriptions, 95 % bootstrap intervals. ${source}`,
    '',
    ...table,
    '',
    ...differences,
  ];
}

/** Returns one line on a paired difference of the mixed score and the content kept. */
export function renderDifference(difference: Difference): string {
  const { mixed, contentKept } = difference.metrics;
  const head = `${methodNames[difference.of].long} - ${methodNames[difference.against].long}:`;
  const parts = [
    mixed &&
      `mixed score ${signed(mixed.mean, 3)} [${signed(mixed.low, 3)}, ${signed(mixed.high, 3)}] ${
        mixed.verdict === 'unproven' ? '(crosses zero: unproven)' : `(${mixed.verdict})`
      }`,
    contentKept && `content kept ${signed(contentKept.mean, 3)}`,
  ].filter((part) => part !== undefined);
  return `${head} ${parts.join('; ')}`;
}

/** Returns a few rows before and after: the description, then what the trained policy writes for it. */
export function renderSamples(rows: EvaluatedRow[], limit: number, width: number): string[] {
  return rows
    .slice(0, limit)
    .flatMap((row) => [
      clipText(`  before  ${withoutControls(row.x)}`, width),
      clipText(`  after   ${withoutControls(row.texts.ppo.y)}`, width),
      '',
    ]);
}

function renderInterval(interval: Interval | undefined, digits: number): string {
  if (interval === undefined) return '-';
  const half = (interval.high - interval.low) / 2;
  return half === 0
    ? interval.mean.toFixed(digits)
    : `${interval.mean.toFixed(digits)} ±${half.toFixed(digits)}`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(digits)}`;
}
