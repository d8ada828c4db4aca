import {
  evaluationMetrics,
  type Difference,
  type Evaluation,
  type EvaluationMetric,
  type Interval,
  type MethodResult,
  type RunReport,
} from '../../contracts/report.js';
import {
  describeNumbers,
  formatInterval,
  isJudged,
  methodNames,
  metricDigits,
  metricTitles,
  titleOfDifference,
  verdictWords,
} from './evaluation-words.js';
import { formatNumber } from '../../text/quantities.js';
import { escapeHtml, Html, html, type HtmlValue } from '../html.js';
import { missingPart, scrollTable, simulatedSuffix, type Section } from '../page.js';

const PLOT_WIDTH = 140;
const PLOT_HEIGHT = 18;
const PLOT_PADDING = 8;
const STATED_METRICS: readonly EvaluationMetric[] = ['contentKept', 'words'];

/** Methods side by side, and what their differences prove. */
export function evaluationSection({ evaluation, scores, missing }: RunReport): Section {
  const simulated = evaluation?.scores.simulated ?? scores.simulated;
  return {
    id: 'evaluation',
    title: `Evaluation on held-out descriptions${simulatedSuffix(simulated)}`,
    short: 'Evaluation',
    body: evaluation
      ? html`${protocol(evaluation)}${methodsTable(evaluation)}
          <h3>What the differences prove</h3>
          ${differencesTable(evaluation)}`
      : missingPart('The evaluation', missing['evaluation']),
  };
}

function protocol(evaluation: Evaluation): Html {
  const { mixed, sampling } = evaluation;
  const pickWeight = formatNumber(mixed.pickWeight, 1);
  const aestheticWeight = formatNumber(1 - mixed.pickWeight, 1);
  const lost =
    evaluation.lostCount === 0
      ? ''
      : ` ${evaluation.lostCount} more were left out for every method because the scorer failed on one of their texts.`;
  return html`<p>
    ${evaluation.descriptionCount} descriptions from the test split, one a source row.${lost} SFT
    and PPO drawn at temperature ${sampling.temperature}, and greedily for reference. Mixed score =
    ${pickWeight} × pick + ${aestheticWeight} × aesthetic, each in standard deviations of the
    training labels. Scorer:
    ${evaluation.scores.model}${
      evaluation.scores.simulated && ', a stand-in for pictures no one rendered'
    };
    ${evaluation.imagesPerPrompt} images a text. Brackets: 95 % intervals from
    ${evaluation.bootstrapResamples} paired bootstrap resamples. Fixed tail:
    <q>${evaluation.tail}</q>.
  </p>`;
}

function methodsTable({ methods }: Evaluation): Html {
  const metrics = evaluationMetrics.filter((metric) =>
    methods.some((method) => method.metrics[metric] !== undefined),
  );
  const titles = metrics.map((metric) => metricTitles[metric]);
  const scale = intervalScale(methods);
  return scrollTable({
    caption: 'Methods side by side: means with 95 % intervals',
    kind: 'methods',
    head: ['Method', ...withPlotAfterFirst(titles, '')],
    rows: methods.map((method) => methodRow(method, metrics, scale)),
  });
}

function methodRow(
  { method, metrics }: MethodResult,
  shown: readonly EvaluationMetric[],
  scale: IntervalScale,
): Html {
  const { mixed } = metrics;
  const label = mixed
    ? `Mixed score ${formatNumber(mixed.mean, 2)} ${formatInterval(mixed, 2)}`
    : '';
  return html`<tr class="${method === 'ppo' ? 'own' : ''}">
    <th scope="row">${methodNames[method].short}</th>
    ${withPlotAfterFirst(
      shown.map((metric) => metricCell(metric, metrics[metric])),
      html`<td>${mixed && intervalPlot(mixed, scale, label)}</td>`,
    )}
  </tr>`;
}

function metricCell(metric: EvaluationMetric, interval: Interval | undefined): Html {
  if (interval === undefined) return html`<td class="number">–</td>`;
  const digits = metricDigits[metric];
  return html`<td class="number">
    ${formatNumber(interval.mean, digits)}<span class="sub"
      >${formatInterval(interval, digits)}</span
    >
  </td>`;
}

/** The mixed score stands first; its picture follows it, so that a phone shows both. */
function withPlotAfterFirst(cells: readonly HtmlValue[], plot: HtmlValue): HtmlValue[] {
  return [cells[0], plot, ...cells.slice(1)];
}

function differencesTable({ differences }: Evaluation): Html {
  const scale = intervalScale(differences);
  return scrollTable({
    caption: 'Paired differences, by description',
    kind: 'differences',
    head: [
      'Difference',
      'Mixed score',
      '',
      ...STATED_METRICS.map((metric) => metricTitles[metric]),
    ],
    rows: differences.map((difference) => differenceRow(difference, scale)),
  });
}

function differenceRow(difference: Difference, scale: IntervalScale): Html {
  const { mixed } = difference.metrics;
  const title = titleOfDifference(difference);
  return html`<tr class="${difference.of === 'ppo' && difference.against === 'sft' ? 'own' : ''}">
    <th scope="row">${title}</th>
    ${verdictCell('mixed', mixed)}
    <td>
      ${mixed && intervalPlot(mixed, scale, `${title}: ${verdictWords('mixed', mixed.verdict)}`)}
    </td>
    ${STATED_METRICS.map((metric) => verdictCell(metric, difference.metrics[metric]))}
  </tr>`;
}

function verdictCell(
  metric: EvaluationMetric,
  interval: Difference['metrics'][EvaluationMetric],
): Html {
  if (interval === undefined) return html`<td>–</td>`;
  return html`<td class="verdict ${isJudged(metric) && `verdict-${interval.verdict}`}">
    ${verdictWords(metric, interval.verdict)}<span class="sub"
      >${describeNumbers(metric, interval)}</span
    >
  </td>`;
}

/** One horizontal scale for several intervals, with zero on it. */
type IntervalScale = Pick<Interval, 'low' | 'high'>;

/** The scale that holds the intervals of all mixed scores and zero. */
function intervalScale(rows: readonly Pick<MethodResult, 'metrics'>[]): IntervalScale {
  const intervals = rows.flatMap(({ metrics: { mixed } }) => (mixed ? [mixed] : []));
  const low = Math.min(0, ...intervals.map((interval) => interval.low));
  const high = Math.max(0, ...intervals.map((interval) => interval.high));
  return high > low ? { low, high } : { low: -1, high: 1 };
}

/** A dot at the mean on a bar from low to high, with a line at zero. */
function intervalPlot(interval: Interval, scale: IntervalScale, label: string): Html {
  const at = (value: number) =>
    (
      PLOT_PADDING +
      ((value - scale.low) / (scale.high - scale.low)) * (PLOT_WIDTH - 2 * PLOT_PADDING)
    ).toFixed(1);
  const middle = PLOT_HEIGHT / 2;
  return new Html(
    `<svg class="interval" role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}">` +
      `<line class="zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="${PLOT_HEIGHT}"/>` +
      `<line class="bar" x1="${at(interval.low)}" x2="${at(interval.high)}" y1="${middle}" y2="${middle}"/>` +
      `<circle class="dot" cx="${at(interval.mean)}" cy="${middle}" r="4"/></svg>`,
  );
}
