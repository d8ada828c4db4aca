import { keyOf } from '../../text/random.js';
import { keyHashOf, type KeyHash } from './key-set.js';
import { words } from '../../text/words.js';

const SHINGLE_WORDS = 3;

/** The different runs of three words of a text's words; fewer words are one shingle. */
export function shinglesOf(all: readonly string[]): string[] {
  if (all.length <= SHINGLE_WORDS) return [all.join(' ')];
  const shingles = new Set<string>();
  for (let i = 0; i + SHINGLE_WORDS <= all.length; i += 1) {
    shingles.add(all.slice(i, i + SHINGLE_WORDS).join(' '));
  }
  return [...shingles];
}

/** What an index knows of a text. */
export interface Fingerprint {
  /** The same for texts of the same words. */
  key: KeyHash;
  /** The shingles as different 32-bit numbers in ascending order. */
  readonly shingles: Uint32Array;
}

export function fingerprintOf(text: string): Fingerprint {
  const all = words(text);
  let shingles: Uint32Array | undefined;
  return {
    key: keyHashOf(all.join(' ')),
    // Most texts of a raw export are known by their key.
    get shingles() {
      return (shingles ??= Uint32Array.from(new Set(shinglesOf(all).map(keyOf))).sort());
    },
  };
}
