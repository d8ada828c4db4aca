import type { Fingerprint } from '../duplicates/fingerprint.js';
import { growTo } from '../duplicates/grow.js';
import { NumberSets } from '../duplicates/number-sets.js';

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
