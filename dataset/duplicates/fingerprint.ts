import { keyOf, randomBits } from '../../text/random.js';
import { words } from '../../text/words.js';
import { keyHashOf, type KeyHash } from './number-sets.js';

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

/** Bands a text may have: more find more at a threshold, and cost memory. */
const MAX_BANDS = 32;
const MAX_ROWS = 8;
/** Share of the pairs at the very threshold that no band shows; those above it are missed far less often. */
const MISSED_SHARE = 2e-4;

export interface Bands {
  bandCount: number;
  /** Minima in a band, all of which two texts must share to meet in it. */
  rowCount: number;
}

/**
 * The longest bands that miss at most one pair in 5,000 at the threshold: 32 bands of 4 at 0.7.
 *
 * A pair of similarity s meets in one of b bands of r minima with probability 1 - (1 - s^r)^b.
 * Source: Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.
 */
export function chooseBands(threshold: number): Bands {
  for (let rowCount = MAX_ROWS; ; rowCount -= 1) {
    const shared = threshold ** rowCount;
    const bandCount = shared === 1 ? 1 : Math.ceil(Math.log(MISSED_SHARE) / Math.log1p(-shared));
    if (bandCount <= MAX_BANDS || rowCount === 1) return { bandCount, rowCount };
  }
}

/** Writes one 32-bit number a band of a set of hashes into `into`; sets that are alike share some of them. */
export type BandHasher = (hashes: Uint32Array, into: Uint32Array) => void;

/** MinHash: each minimum is that of one of a fixed family of orders of all hashes. */
export function createBandHasher({ bandCount, rowCount }: Bands): BandHasher {
  const seeds = Int32Array.from({ length: bandCount * rowCount }, (_, i) =>
    randomBits(0x6c7368, i),
  );
  return (hashes, into) => {
    for (let band = 0; band < bandCount; band += 1) {
      let key = band;
      for (let row = 0; row < rowCount; row += 1) {
        const least = leastOf(hashes, seeds[band * rowCount + row] as number);
        key = Math.imul(key ^ least, 0x9e3779b1);
        key ^= key >>> 15;
      }
      into[band] = key;
    }
  };
}

function leastOf(hashes: Uint32Array, seed: number): number {
  let least = 0x7fffffff;
  for (let i = 0; i < hashes.length; i += 1) {
    let hash = Math.imul((hashes[i] as number) ^ seed, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
    if (hash < least) least = hash;
  }
  return least;
}
