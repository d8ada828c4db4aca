import type { Distribution } from '../../contracts/data-card.js';
import { chartColour, numberAxis, renderChart } from './chart-svg.js';
import { formatQuantity } from '../../text/quantities.js';
import { html, type Html } from '../html.js';

/** More numbers under the bars would touch each other. */
const MAX_LABELS = 9;

export interface HistogramChart {
  id: string;
  title: string;
  /** Name of the horizontal axis. */
  unit: string;
  values: Distribution;
}

/** A figure with a bar for each bin and the quantiles in words; `undefined` if nothing was counted. */
export function histogramChart({ id, title, unit, values }: HistogramChart): Html | undefined {
  const { from, width, counts } = values.histogram;
  if (counts.length === 0) return undefined;
  const note =
    `Median ${formatQuantity(values.median)}, mean ${formatQuantity(values.mean)}, 95 % up to ` +
    `${formatQuantity(values.p95)}, from ${formatQuantity(values.min)} to ${formatQuantity(values.max)}.`;
  const drawing = renderChart(
    {
      grid: { left: 52, right: 14, top: 10, bottom: 40 },
      xAxis: {
        ...numberAxis({ name: unit, grid: false }),
        type: 'category',
        data: counts.map((_, index) => String(Number((from + index * width).toPrecision(6)))),
        axisLabel: { color: chartColour.text, interval: Math.ceil(counts.length / MAX_LABELS) - 1 },
      },
      yAxis: numberAxis({ low: 0, grid: true }),
      series: [
        {
          type: 'bar',
          silent: true,
          barCategoryGap: '12%',
          itemStyle: { color: chartColour.series[0] },
          data: [...counts],
        },
      ],
    },
    { id, label: `${title}, ${unit}. ${note}` },
  );
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${drawing}
    <p class="note">${note}</p>
  </figure>`;
}
