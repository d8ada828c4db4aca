import type { ScatterRow } from '../../contracts/report.js';
import { chartColour, numberAxis, renderChart } from './chart-svg.js';
import { html, type Html } from '../html.js';

const MAX_POINTS = 500;

export interface ScatterChart {
  id: string;
  title: string;
  rows: readonly ScatterRow[];
  note: string;
}

/** A figure of predictions against labels with the line where both agree; `undefined` if there are no rows. */
export function scatterChart({ id, title, rows, note }: ScatterChart): Html | undefined {
  const drawable = rows.filter((row) => Number.isFinite(row.predicted + row.label));
  if (drawable.length === 0) return undefined;
  const every = Math.ceil(drawable.length / MAX_POINTS);
  const shown = drawable.filter((_, index) => index % every === 0);
  const ends = endsOf(shown.flatMap((row) => [row.predicted, row.label]));
  const drawing = renderChart(
    {
      grid: { left: 48, right: 14, top: 10, bottom: 40 },
      xAxis: numberAxis({ name: 'label', ...ends, grid: false }),
      yAxis: numberAxis({ ...ends, grid: true }),
      series: [
        {
          type: 'line',
          silent: true,
          showSymbol: false,
          data: [
            [ends.low, ends.low],
            [ends.high, ends.high],
          ],
          lineStyle: { color: chartColour.axis, width: 1, type: 'dashed' },
        },
        {
          type: 'scatter',
          silent: true,
          symbolSize: 5,
          itemStyle: { color: chartColour.series[0], opacity: 0.45 },
          data: shown.map((row) => [row.label, row.predicted]),
        },
      ],
    },
    { id, label: `${title}: predictions (up) against labels (right). ${note}` },
  );
  const left = every === 1 ? '' : ` Every ${every}th row is drawn.`;
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${drawing}
    <p class="note">${note}${left}</p>
  </figure>`;
}

/** One range for both axes, whole multiples of a round distance between ticks. */
function endsOf(values: number[]): { low: number; high: number; interval: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const rough = Math.max(high - low, 1e-6) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const interval = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return {
    low: Math.floor(low / interval) * interval,
    high: Math.ceil(high / interval) * interval,
    interval,
  };
}
