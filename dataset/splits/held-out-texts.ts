import { DuplicateIndex } from '../duplicates/duplicate-index.js';
import type { Fingerprint } from '../duplicates/fingerprint.js';
import { growTo, KeySet, NumberSets } from '../duplicates/number-sets.js';

/** How a text stands to held-out ones. */
export type Likeness = 'equal' | 'near' | 'none';

/** Texts that may stand in no other split; their hashes only. */
export class HeldOutTexts {
  #keys = new KeySet();
  #index: DuplicateIndex | undefined;

  /** Texts are near from the threshold on; null knows equal ones only. */
  constructor(nearDuplicate: number | null) {
    if (nearDuplicate !== null) this.#index = new DuplicateIndex({ threshold: nearDuplicate });
  }

  add(text: Fingerprint): void {
    this.#keys.addHash(text.key);
    this.#index?.addPrint(text);
  }

  likeness(text: Fingerprint): Likeness {
    if (this.#keys.findHash(text.key) !== undefined) return 'equal';
    return this.#index?.findPrint(text) === undefined ? 'none' : 'near';
  }
}

const NONE = new Uint32Array(0);

/** Fingerprints of pairs in the order they were noted. */
export class NotedPairs {
  #size = 0;
  /** Four numbers a pair: the keys of x and y. */
  #keys = new Uint32Array(64);
  /** Two sets a pair. */
  #shingles = new NumberSets();
  readonly #withShingles: boolean;

  constructor({ withShingles }: { withShingles: boolean }) {
    this.#withShingles = withShingles;
  }

  add(pair: { x: Fingerprint; y: Fingerprint }): void {
    for (const { key, shingles } of [pair.x, pair.y]) {
      this.#keys = growTo(this.#keys, 2 * this.#size + 2);
      this.#keys[2 * this.#size] = key.high;
      this.#keys[2 * this.#size + 1] = key.low;
      this.#shingles.add(this.#withShingles ? shingles : NONE);
      this.#size += 1;
    }
  }

  *all(): Generator<{ x: Fingerprint; y: Fingerprint }> {
    for (let i = 0; i < this.#size; i += 2) yield { x: this.#at(i), y: this.#at(i + 1) };
  }

  #at(index: number): Fingerprint {
    const high = this.#keys[2 * index] as number;
    const low = this.#keys[2 * index + 1] as number;
    return { key: { high, low }, shingles: this.#shingles.at(index) };
  }
}
