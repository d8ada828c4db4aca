/** Returns a length of time for people: `0.4 s`, `12 s`, `3m 05s`, `2h 07m`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))}m ${twoDigits(whole % 60)}s`;
  return `${String(Math.floor(whole / 3600))}h ${twoDigits(Math.floor((whole % 3600) / 60))}m`;
}

/** Returns a count with its thousands set apart: `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Returns a measured number for people, about four digits: `0.0512`, `2.314`, `31.2`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size >= 10_000 || size < 0.001) return value.toPrecision(3);
  return value.toFixed(size < 1 ? 4 : size < 10 ? 3 : 1);
}

/** Returns a size in bytes for people: `812 B`, `4.1 MB`. */
export function formatBytes(byteLength: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = byteLength;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(size) : size.toFixed(1)} ${units[unit] ?? 'B'}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
