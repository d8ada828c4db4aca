import { createHash } from 'node:crypto';

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

/** 64 bits of a text's SHA-256, as two unsigned numbers. */
export interface KeyHash {
  high: number;
  low: number;
}

export function keyHashOf(text: string): KeyHash {
  const digest = createHash('sha256').update(text).digest();
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) };
}

const MAX_LOAD = 0.75;

/**
 * A set of texts of which only 64 bits of their SHA-256 are held: two of a million texts meet by chance once in 40 million sets.
 *
 * About 16 bytes a text: open addressing with linear probing over a dense list of the hashes.
 */
export class KeySet {
  size = 0;
  /** Two numbers a text, in the order of adding. */
  #hashes = new Uint32Array(64);
  /** Ordinal + 1 of the text whose hash falls here or shortly before; 0 is free. */
  #slots = new Uint32Array(64);

  /** Ordinal of a text, counted from 0 in the order of adding. */
  find(text: string): number | undefined {
    return this.findHash(keyHashOf(text));
  }

  findHash({ high, low }: KeyHash): number | undefined {
    const held = this.#slots[this.#slotOf(high, low)] as number;
    return held === 0 ? undefined : held - 1;
  }

  /** Adds a text unless it is there; true if it was not. */
  add(text: string): boolean {
    return this.addHash(keyHashOf(text));
  }

  addHash({ high, low }: KeyHash): boolean {
    if (this.size + 1 > this.#slots.length * MAX_LOAD) this.#grow();
    const slot = this.#slotOf(high, low);
    if (this.#slots[slot] !== 0) return false;
    this.#hashes = growTo(this.#hashes, 2 * this.size + 2);
    this.#hashes[2 * this.size] = high;
    this.#hashes[2 * this.size + 1] = low;
    this.size += 1;
    this.#slots[slot] = this.size;
    return true;
  }

  /** Two numbers a text, in the order of adding: what a copy is made of. */
  get hashes(): Uint32Array {
    return this.#hashes.subarray(0, 2 * this.size);
  }

  get byteLength(): number {
    return this.#hashes.byteLength + this.#slots.byteLength;
  }

  /** Where a hash stands, or the free place where it would. */
  #slotOf(high: number, low: number): number {
    const last = this.#slots.length - 1;
    for (let slot = low & last; ; slot = (slot + 1) & last) {
      const held = this.#slots[slot] as number;
      if (held === 0) return slot;
      if (this.#hashes[2 * held - 2] === high && this.#hashes[2 * held - 1] === low) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let ordinal = 0; ordinal < this.size; ordinal += 1) {
      const high = this.#hashes[2 * ordinal] as number;
      const low = this.#hashes[2 * ordinal + 1] as number;
      this.#slots[this.#slotOf(high, low)] = ordinal + 1;
    }
  }
}

/** The numbers in an array that holds at least `length`: the same one, or a copy with a quarter to spare. */
export function growTo(
  numbers: Uint32Array<ArrayBuffer>,
  length: number,
): Uint32Array<ArrayBuffer> {
  if (length <= numbers.length) return numbers;
  const larger = new Uint32Array(Math.ceil(length * 1.25));
  larger.set(numbers);
  return larger;
}
