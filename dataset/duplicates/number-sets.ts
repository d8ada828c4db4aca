import { growTo } from './grow.js';

/** Numbers in a page: growing by pages copies nothing. */
const PAGE_LENGTH = 1 << 18;

/** Sets of ascending 32-bit numbers in pages: four bytes a number and eight a set. */
export class NumberSets {
  size = 0;
  #pages: Uint32Array[] = [];
  #pageUsed = PAGE_LENGTH;
  /** Where a set starts over all pages: its length, then its numbers. No set crosses pages. */
  #starts = new Uint32Array(64);

  /** @throws RangeError for a set that no page can hold: texts are bounded, so this is a fault of the program. */
  add(set: Uint32Array): void {
    if (set.length >= PAGE_LENGTH) {
      throw new RangeError(`Expected a set below ${PAGE_LENGTH} numbers, found ${set.length}.`);
    }
    if (this.#pageUsed + set.length + 1 > PAGE_LENGTH) {
      this.#pages.push(new Uint32Array(PAGE_LENGTH));
      this.#pageUsed = 0;
    }
    const page = this.#pages[this.#pages.length - 1] as Uint32Array;
    this.#starts = growTo(this.#starts, this.size + 1);
    this.#starts[this.size] = (this.#pages.length - 1) * PAGE_LENGTH + this.#pageUsed;
    page[this.#pageUsed] = set.length;
    page.set(set, this.#pageUsed + 1);
    this.#pageUsed += set.length + 1;
    this.size += 1;
  }

  /** The set added as number `ordinal`, counted from 0; a view that the caller must not change. */
  at(ordinal: number): Uint32Array {
    const { page, offset } = this.#place(ordinal);
    return page.subarray(offset + 1, offset + 1 + (page[offset] as number));
  }

  /** True if the Jaccard similarity of a set of ascending numbers with the one at `ordinal` is at least `threshold`. */
  isSimilar(own: Uint32Array, ordinal: number, threshold: number): boolean {
    const { page, offset } = this.#place(ordinal);
    const length = page[offset] as number;
    const end = offset + 1 + length;
    // A little less than what must be shared, for the rounding.
    const wanted = (threshold / (1 + threshold)) * (own.length + length) - 1e-6;
    let shared = 0;
    for (let i = 0, j = offset + 1; i < own.length && j < end;) {
      if (shared + Math.min(own.length - i, end - j) < wanted) return false;
      const a = own[i] as number;
      const b = page[j] as number;
      if (a === b) shared += 1;
      if (a <= b) i += 1;
      if (b <= a) j += 1;
    }
    return shared / (own.length + length - shared) >= threshold;
  }

  get byteLength(): number {
    return this.#pages.length * PAGE_LENGTH * 4 + this.#starts.byteLength;
  }

  #place(ordinal: number): { page: Uint32Array; offset: number } {
    const start = this.#starts[ordinal] as number;
    const page = this.#pages[Math.floor(start / PAGE_LENGTH)] as Uint32Array;
    return { page, offset: start % PAGE_LENGTH };
  }
}
