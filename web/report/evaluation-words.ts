import type {
  Difference,
  EvaluationMethod,
  EvaluationMetric,
  Interval,
  Verdict,
} from '../../contracts/report.js';
import { formatNumber, formatSigned } from '../../text/quantities.js';

/** What a method is called: `short` in the tables of pages and cards, `long` in the terminal. */
export const methodNames: Record<EvaluationMethod, { short: string; long: string }> = {
  unchanged: { short: 'Unchanged', long: 'description unchanged' },
  'fixed-tail': { short: 'Fixed tail', long: 'description + fixed tail' },
  sft: { short: 'SFT', long: 'fine-tuned' },
  ppo: { short: 'PPO', long: 'fine-tuned + PPO' },
  'sft-greedy': { short: 'SFT, greedy', long: 'fine-tuned, greedy' },
  'ppo-greedy': { short: 'PPO, greedy', long: 'fine-tuned + PPO, greedy' },
  target: { short: 'Data’s target', long: "the data's own target" },
};

export const metricTitles: Record<EvaluationMetric, string> = {
  mixed: 'Mixed score',
  pick: 'Pick',
  aesthetic: 'Aesthetic',
  contentKept: 'Content kept',
  allContentKept: 'All content kept',
  words: 'Words',
  endedByItself: 'Ended by itself',
  distinct2: 'Distinct-2',
  rewardModelMixed: 'Reward models, mixed',
  rewardModelPick: 'Reward model, pick',
  rewardModelAesthetic: 'Reward model, aesthetic',
};

export const metricDigits: Record<EvaluationMetric, number> = {
  mixed: 2,
  pick: 2,
  aesthetic: 2,
  contentKept: 3,
  allContentKept: 2,
  words: 1,
  endedByItself: 2,
  distinct2: 2,
  rewardModelMixed: 2,
  rewardModelPick: 2,
  rewardModelAesthetic: 2,
};

/** Metrics the pipeline exists to raise; for the others an unproven difference is just no change. */
const AIMED_METRICS: ReadonlySet<EvaluationMetric> = new Set(['mixed', 'pick', 'aesthetic']);

/** False where more is neither better nor worse. */
export function isJudged(metric: EvaluationMetric): boolean {
  return metric !== 'words';
}

/** `PPO − SFT`. */
export function titleOfDifference({ of, against }: Pick<Difference, 'of' | 'against'>): string {
  return `${methodNames[of].short} \u2212 ${methodNames[against].short}`;
}

/** `[0.10, 0.32]` */
export function formatInterval(interval: Interval, digits: number): string {
  return `[${formatNumber(interval.low, digits)}, ${formatNumber(interval.high, digits)}]`;
}

/** `Proven gain`, `No proven gain` and so on: what the interval of a difference allows to be said. */
export function verdictWords(metric: EvaluationMetric, verdict: Verdict): string {
  if (verdict === 'unproven') {
    return AIMED_METRICS.has(metric) ? 'No proven gain' : 'No proven change';
  }
  if (!isJudged(metric)) return verdict === 'higher' ? 'Proven rise' : 'Proven fall';
  return verdict === 'higher' ? 'Proven gain' : 'Proven loss';
}

/** The numbers behind a verdict: `+0.12 [+0.01, +0.23]`, and whether the interval crosses zero. */
export function describeNumbers(
  metric: EvaluationMetric,
  interval: Interval & { verdict: Verdict },
): string {
  const digits = metricDigits[metric];
  const [mean, low, high] = [interval.mean, interval.low, interval.high].map((value) =>
    formatSigned(value, digits),
  );
  const numbers = `${mean} [${low}, ${high}]`;
  if (interval.verdict !== 'unproven') return numbers;
  if (interval.low === 0 && interval.high === 0) return `${numbers}, no difference`;
  return `${numbers}, ${interval.low < 0 && interval.high > 0 ? 'crosses' : 'touches'} zero`;
}

/** One sentence on a difference: what is proven, by how much, and whether the interval crosses zero. */
export function describeDifference(
  metric: EvaluationMetric,
  interval: Interval & { verdict: Verdict },
): string {
  return `${verdictWords(metric, interval.verdict)}: ${describeNumbers(metric, interval)}`;
}
