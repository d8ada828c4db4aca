/**
 * Numbers, sizes and times as people read them.
 *
 * Pages and cards take the typographic forms (a real minus sign, thin spaces between thousands), the terminal the plain
 * ones. `pretty-bytes` and `pretty-ms` are not used: the first writes `4 MB` beside `4.1 MB` or `812.0 B`, the second
 * neither spaces nor two-digit seconds, and both would change what stands in reports already.
 */

/** A number with fixed decimals and a real minus sign; never `-0`. */
export function formatNumber(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/** The same with a plus sign before what is above zero. */
export function formatSigned(value: number, digits: number): string {
  const text = formatNumber(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A number of unknown size with about four digits: 12345 stays whole, 0.00012 becomes 1.2e-4. */
export function formatQuantity(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 10_000) {
    return String(Math.round(value))
      .replace('-', '\u2212')
      .replace(/\B(?=(\d{3})+$)/g, '\u2009');
  }
  if (size < 0.001) return value.toExponential(1).replace(/-/g, '\u2212');
  return formatNumber(value, size < 1 ? 4 : size < 100 ? 2 : 1);
}

/** A measured number for the terminal, about four digits: `0.0512`, `2.314`, `31.2`. */
export function formatMeasured(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size >= 10_000 || size < 0.001) return value.toPrecision(3);
  return value.toFixed(size < 1 ? 4 : size < 10 ? 3 : 1);
}

/** A count for the terminal with its thousands set apart: `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A share as `12.3 %`; what is above zero and rounds to it becomes `< 0.1 %`. */
export function formatShare(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 0.1 ? '< 0.1 %' : `${formatNumber(percent, 1)} %`;
}

/** Bytes as `812 B`, `4.1 MB`. */
export function formatBytes(byteLength: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = byteLength;
  let unit = 0;
  // From 999.5 on the next unit is chosen, so that rounding never writes `1000.0 kB`.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Seconds on a page: `0.4 s`, `12 s`, `3 min 05 s` or `2 h 07 min`; `-` for what is no length of time. */
export function formatDuration(seconds: number): string {
  return durationIn(seconds, [' h', ' min', ' s']);
}

/** Seconds in the terminal: `0.4 s`, `12 s`, `3m 05s` or `2h 07m`; `-` for what is no length of time. */
export function formatSeconds(seconds: number): string {
  return durationIn(seconds, ['h', 'm', 's']);
}

function durationIn(seconds: number, [hour, minute, second]: [string, string, string]): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) {
    return `${Math.floor(whole / 60)}${minute} ${twoDigits(whole % 60)}${second}`;
  }
  return `${Math.floor(whole / 3600)}${hour} ${twoDigits(Math.floor((whole % 3600) / 60))}${minute}`;
}

/** An ISO time as `22 Nov 2026, 16:05 UTC`; what is no time is returned as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const clock = `${twoDigits(time.getUTCHours())}:${twoDigits(time.getUTCMinutes())}`;
  return `${time.getUTCDate()} ${months[time.getUTCMonth()] ?? ''} ${time.getUTCFullYear()}, ${clock} UTC`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
