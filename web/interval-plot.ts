import type { Interval } from '../contracts/report.js';
import { escapeHtml, Html } from './html.js';

const WIDTH = 140;
const HEIGHT = 18;
const PADDING = 8;

/** One horizontal scale for several intervals, with zero on it. */
export interface IntervalScale {
  low: number;
  high: number;
}

/** The scale that holds all the intervals and zero. */
export function intervalScale(intervals: readonly Interval[]): IntervalScale {
  const low = Math.min(0, ...intervals.map((interval) => interval.low));
  const high = Math.max(0, ...intervals.map((interval) => interval.high));
  return high > low ? { low, high } : { low: -1, high: 1 };
}

/** A dot at the mean on a bar from low to high, with a line at zero. */
export function intervalPlot(interval: Interval, scale: IntervalScale, label: string): Html {
  const at = (value: number) =>
    (PADDING + ((value - scale.low) / (scale.high - scale.low)) * (WIDTH - 2 * PADDING)).toFixed(1);
  const middle = HEIGHT / 2;
  return new Html(
    `<svg class="interval" role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">` +
      `<line class="zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="${HEIGHT}"/>` +
      `<line class="bar" x1="${at(interval.low)}" x2="${at(interval.high)}" y1="${middle}" y2="${middle}"/>` +
      `<circle class="dot" cx="${at(interval.mean)}" cy="${middle}" r="4"/></svg>`,
  );
}
