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

/** Seconds as `0.4 s`, `12 s`, `3 min 05 s` or `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${twoDigits(Math.floor((whole % 3600) / 60))} min`;
}

/** Bytes as `812 B`, `4.1 MB`. */
export function formatBytes(byteLength: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = byteLength;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ''}`;
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
