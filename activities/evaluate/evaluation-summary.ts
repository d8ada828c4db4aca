import type { Evaluation } from '../../contracts/report.js';

const SHOWN_METRICS = ['mixed', 'contentKept', 'words', 'endedByItself'] as const;

/**
 * The few numbers of an evaluation that the command line shows: `<method>/<metric>`, and for differences of the mix
 * `<of>-minus-<against>/{mean,low,high}`.
 */
export function summariseEvaluation(evaluation: Evaluation): Record<string, number> {
  const summary: Record<string, number> = { descriptions: evaluation.descriptionCount };
  for (const { method, metrics } of evaluation.methods) {
    for (const metric of SHOWN_METRICS) {
      const interval = metrics[metric];
      if (interval) summary[`${method}/${metric}`] = interval.mean;
    }
  }
  for (const { of, against, metrics } of evaluation.differences) {
    if (!metrics.mixed) continue;
    const { mean, low, high } = metrics.mixed;
    Object.assign(summary, {
      [`${of}-minus-${against}/mean`]: mean,
      [`${of}-minus-${against}/low`]: low,
      [`${of}-minus-${against}/high`]: high,
    });
  }
  return summary;
}
