import type { DataCard } from '../../contracts/data-card.js';
import { formatQuantity } from '../format-numbers.js';

/** What was removed as a repetition, by what it repeats, and what may be left. */
export function duplicateWords({
  duplicates,
  rows,
}: Pick<DataCard, 'duplicates' | 'rows'>): string {
  const { exact, near, earlierExact, earlierNear } = duplicates;
  const removed =
    `Duplicates removed: ${formatQuantity(exact)} equal and ${formatQuantity(near)} nearly equal in this data, ` +
    `${formatQuantity(earlierExact)} equal and ${formatQuantity(earlierNear)} nearly equal to data collected earlier.`;
  if (rows.crowded === 0) return removed;
  return (
    `${removed} ${formatQuantity(rows.crowded)} clean rows share so long a part with hundreds of others that they were ` +
    'compared by the rest of their words alone: near repetitions may be left among them.'
  );
}
