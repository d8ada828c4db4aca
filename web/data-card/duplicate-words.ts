import type { DataCard } from '../../contracts/data-card.js';
import { formatQuantity } from '../format-numbers.js';

/** A sentence that says how many repetitions were removed, by what they repeat. */
export function duplicateWords(duplicates: DataCard['duplicates']): string {
  const { exact, near, earlierExact, earlierNear } = duplicates;
  return (
    `Duplicates removed: ${formatQuantity(exact)} equal and ${formatQuantity(near)} nearly equal in this data, ` +
    `${formatQuantity(earlierExact)} equal and ${formatQuantity(earlierNear)} nearly equal to data collected earlier.`
  );
}
