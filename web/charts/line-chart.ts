import { chartColour, numberAxis, renderChart } from './chart-svg.js';
import { formatQuantity } from '../../text/quantities.js';
import { html, type Html } from '../html.js';

/** More points than pixels only make the page heavy. */
const MAX_POINTS = 300;
/** Fewer points than this are shown as dots on the line. */
const MAX_DOTS = 40;
const DASHES = ['solid', 'dashed', [2, 3]] as const;

export interface LineSeries {
  name: string;
  /** [step, value]; values that are no numbers are left out. */
  points: readonly (readonly [number, number])[];
}

export interface LineChart {
  id: string;
  title: string;
  /** Name of the horizontal axis. */
  steps: string;
  series: LineSeries[];
  /** A sentence under the chart. */
  note?: string;
  /** The lower end of the vertical axis; left to the chart if absent. */
  low?: number;
}

/** A figure with lines over steps; lines differ in colour and in dashes. `undefined` if there is nothing to draw. */
export function lineChart(chart: LineChart): Html | undefined {
  const series = chart.series
    .map((line) => ({ ...line, points: thin(line.points.filter(isDrawable)) }))
    .filter((line) => line.points.length > 0);
  if (series.length === 0) return undefined;
  const steps = series.flatMap((line) => line.points.map(([step]) => step));
  const drawing = renderChart(
    {
      grid: { left: 48, right: 14, top: 10, bottom: 40 },
      xAxis: numberAxis({
        name: chart.steps,
        low: Math.min(...steps),
        high: Math.max(...steps),
        grid: false,
      }),
      yAxis: numberAxis({ grid: true, low: chart.low }),
      series: series.map((line, index) => ({
        type: 'line' as const,
        silent: true,
        data: line.points.map((point) => [...point]),
        showSymbol: line.points.length <= MAX_DOTS,
        symbol: 'circle',
        symbolSize: 4,
        itemStyle: { color: colourOf(index) },
        lineStyle: {
          color: colourOf(index),
          width: 1.8,
          type: DASHES[index % DASHES.length] as 'solid',
        },
      })),
    },
    { id: chart.id, label: `${chart.title}. ${series.map(describe).join(' ')}` },
  );
  return html`<figure>
    <figcaption>${chart.title}${series.length > 1 && legend(series)}</figcaption>
    ${drawing}${chart.note !== undefined && html`<p class="note">${chart.note}</p>`}
  </figure>`;
}

function legend(series: LineSeries[]): Html {
  return html`<span class="legend"
    >${series.map((line, index) => html`<span><i class="key key-${index + 1}"></i>${line.name}</span>`)}</span
  >`;
}

function colourOf(index: number): string {
  return chartColour.series[index % chartColour.series.length] ?? chartColour.axis;
}

function describe({ name, points }: LineSeries): string {
  const values = points.map(([, value]) => value);
  const [first = NaN] = values;
  const last = values.at(-1) ?? NaN;
  return (
    `${name}: from ${formatQuantity(first)} to ${formatQuantity(last)}, ` +
    `lowest ${formatQuantity(Math.min(...values))}, highest ${formatQuantity(Math.max(...values))}.`
  );
}

/** At most `MAX_POINTS` points: means of neighbours, so that no peak of one step stands for its surroundings. */
function thin(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (points.length <= MAX_POINTS) return [...points];
  return Array.from({ length: MAX_POINTS }, (_, bin) => {
    const from = Math.floor((bin * points.length) / MAX_POINTS);
    const until = Math.floor(((bin + 1) * points.length) / MAX_POINTS);
    const group = points.slice(from, until);
    const mean = group.reduce((sum, [, value]) => sum + value, 0) / group.length;
    return [group.at(-1)?.[0] ?? from, mean] as const;
  });
}

function isDrawable([step, value]: readonly [number, number]): boolean {
  return Number.isFinite(step) && Number.isFinite(value);
}
