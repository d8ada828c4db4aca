import { keyOf } from '../../../../text/random.js';
import { words } from '../../../../text/words.js';

const SHINGLE_WORDS = 3;

/** The different runs of three words of a text; a shorter text is one shingle. */
export function shinglesOf(text: string): string[] {
  const all = words(text);
  if (all.length <= SHINGLE_WORDS) return [all.join(' ')];
  const shingles = new Set<string>();
  for (let i = 0; i + SHINGLE_WORDS <= all.length; i += 1) {
    shingles.add(all.slice(i, i + SHINGLE_WORDS).join(' '));
  }
  return [...shingles];
}

/** The shingles of a text as different 32-bit numbers in ascending order. */
export function shingleHashesOf(text: string): Uint32Array {
  return Uint32Array.from(new Set(shinglesOf(text).map(keyOf))).sort();
}
