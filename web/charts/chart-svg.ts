import { init, type EChartsOption } from 'echarts';
import { escapeHtml, Html } from '../html.js';

/** Size of a chart's own coordinates; on the page it scales with its box. */
export const CHART_WIDTH = 400;
export const CHART_HEIGHT = 230;

export interface ChartFrame {
  /** Unique on the page; names the chart's clip paths. */
  id: string;
  /** What the chart shows, for screen readers. */
  label: string;
}

/**
 * A chart as inline SVG: scalable, coloured by the page's custom properties, the same bytes for the same option.
 *
 * ECharts numbers its ids and classes by how many charts the process has drawn; they are renamed or taken out.
 */
export function renderChart(option: EChartsOption, frame: ChartFrame): Html {
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
  });
  try {
    chart.setOption({ animation: false, textStyle: { fontSize: 12 }, ...option });
    const drawn = chart.renderToSVGString();
    const content = drawn
      .slice(drawn.indexOf('>') + 1)
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replace(/ class="[^"]*"| pointer-events="[^"]*"|font-family:[^;"]*;?/g, '')
      .replace(/zr\d+-c(\d+)/g, `${frame.id}-clip-$1`)
      .replace(/<defs >/g, '<defs>')
      .replace(/>\n+/g, '>');
    return new Html(
      `<svg class="chart" role="img" aria-label="${escapeHtml(frame.label)}" ` +
        `viewBox="0 0 ${CHART_WIDTH} ${CHART_HEIGHT}">${content}`,
    );
  } finally {
    chart.dispose();
  }
}

/** Colours by the page's custom properties, so that one drawing serves light and dark. */
export const chartColour = {
  axis: 'var(--chart-axis)',
  grid: 'var(--chart-grid)',
  text: 'var(--chart-text)',
  series: ['var(--series-1)', 'var(--series-2)', 'var(--series-3)'],
} as const;

/** A numeric axis in the page's colours; `low` and `high` pin its ends. */
export function numberAxis(options: {
  name?: string;
  low?: number | undefined;
  high?: number;
  grid: boolean;
  /** Distance of the ticks; left to the chart if absent. */
  interval?: number;
}): object {
  return {
    type: 'value',
    scale: true,
    min: options.low,
    max: options.high,
    splitNumber: 4,
    interval: options.interval,
    name: options.name,
    nameLocation: 'middle',
    nameGap: 24,
    nameTextStyle: { color: chartColour.text },
    axisLine: { show: !options.grid, lineStyle: { color: chartColour.axis } },
    axisTick: { show: false },
    axisLabel: { color: chartColour.text, formatter: formatTick },
    splitLine: { show: options.grid, lineStyle: { color: chartColour.grid } },
  };
}

function formatTick(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  if (size !== 0 && size < 1e-4) return rounded.toExponential().replace(/-/g, '\u2212');
  if (size >= 10_000) return `${rounded / 1000}k`;
  return String(rounded).replace('-', '\u2212');
}
