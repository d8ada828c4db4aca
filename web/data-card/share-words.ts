import { formatNumber } from '../format-numbers.js';

/** `12.3 %`; what is above zero and rounds to it becomes `< 0.1 %`. */
export function shareOf(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 0.1 ? '< 0.1 %' : `${formatNumber(percent, 1)} %`;
}
