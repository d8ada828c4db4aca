import { words } from '../../text/words.js';

/**
 * The longest run of whole comma segments from the start that has at most `maxWords` words.
 *
 * Undefined when the first segment alone is longer: cutting inside it would cut the subject.
 */
export function cutAtComma(text: string, maxWords: number): string | undefined {
  const kept: string[] = [];
  let count = 0;
  for (const segment of text.split(',')) {
    count += words(segment).length;
    if (count > maxWords) break;
    kept.push(segment);
  }
  const cut = kept.join(',').trim();
  return cut === '' ? undefined : cut;
}
