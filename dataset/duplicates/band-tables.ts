import { growTo, type NumberSets } from './number-sets.js';
import { createBandHasher, type BandHasher, type Bands } from './fingerprint.js';

const MAX_LOAD = 0.8;
const GROWTH = 1.5;
/** A place holds the lowest 8 bits of its key above 24 bits of ordinal + 1; 0 is free. */
const ORDINAL_BITS = 24;
const ORDINAL_MASK = 2 ** ORDINAL_BITS - 1;
/**
 * Sets that a band holds of one key; among 25,000 real prompts at most 12 share one. Where very many texts have the same
 * long tail, comparing each with all before would take time by the square of their number: those beyond are found by
 * their other bands alone.
 */
const MAX_SHARED = 255;
/** Keys are counted by this many of their upper bits: the same counts whatever the size of the tables. */
const COUNTED_BITS = 16;

/**
 * One hash table a band, with open addressing: which of the sets share a band with another.
 *
 * Some six bytes a set and band. A place does not hold its whole key, so growing hashes all sets again, and one in 256
 * of the sets passed on the way is no candidate; the caller compares the sets themselves anyway. Beside it 2 MB count
 * the sets of a key.
 */
export class BandTables {
  readonly #sets: NumberSets;
  readonly #hash: BandHasher;
  readonly #keys: Uint32Array;
  #hashed: Uint32Array | undefined;
  #tables: Uint32Array[];
  readonly #shared: Uint8Array;
  #size = 0;
  #crowdedCount = 0;
  /** By ordinal, the last search that has seen it: a set met in several bands is visited once. */
  #seenBy = new Uint32Array(64);
  #search = 0;

  /** Holds every set that is in `sets` already. */
  constructor(bands: Bands, sets: NumberSets) {
    this.#sets = sets;
    this.#hash = createBandHasher(bands);
    this.#keys = new Uint32Array(bands.bandCount);
    this.#shared = new Uint8Array(bands.bandCount << COUNTED_BITS);
    this.#tables = this.#emptyTables(Math.max(64, Math.ceil(sets.size / MAX_LOAD)));
    while (this.#size < sets.size) this.#insert(sets.at(this.#size));
  }

  /** Adds the set that `sets` was given last. */
  add(set: Uint32Array): void {
    const capacity = this.#tables[0]?.length ?? 0;
    if (this.#size + 1 > capacity * MAX_LOAD) this.#grow(Math.ceil(capacity * GROWTH));
    this.#insert(set);
  }

  /** The first set that shares a band with this one and that `accept` takes. */
  find(set: Uint32Array, accept: (ordinal: number) => boolean): number | undefined {
    this.#search += 1;
    this.#hashOnce(set);
    for (let band = 0; band < this.#tables.length; band += 1) {
      const table = this.#tables[band] as Uint32Array;
      const key = this.#keys[band] as number;
      let slot = firstSlot(key, table.length);
      for (let held = table[slot] as number; held !== 0; held = table[slot] as number) {
        const ordinal = (held & ORDINAL_MASK) - 1;
        if (held >>> ORDINAL_BITS === (key & 0xff) && this.#seenBy[ordinal] !== this.#search) {
          this.#seenBy[ordinal] = this.#search;
          if (accept(ordinal)) return ordinal;
        }
        slot = slot + 1 === table.length ? 0 : slot + 1;
      }
    }
    return undefined;
  }

  /** Sets that at least one band has no room for. */
  get crowdedCount(): number {
    return this.#crowdedCount;
  }

  get byteLength(): number {
    const bytes = this.#tables.reduce((sum, table) => sum + table.byteLength, 0);
    return bytes + this.#shared.byteLength + this.#seenBy.byteLength;
  }

  #insert(set: Uint32Array): void {
    if (this.#size >= ORDINAL_MASK - 1) {
      throw new RangeError(
        `The duplicate index is full: it holds ${this.#size} texts. Collect less at a time.`,
      );
    }
    this.#hashOnce(set);
    this.#seenBy = growTo(this.#seenBy, this.#size + 1);
    let isCrowded = false;
    for (let band = 0; band < this.#tables.length; band += 1) {
      const table = this.#tables[band] as Uint32Array;
      const key = this.#keys[band] as number;
      const counted = (band << COUNTED_BITS) | (key >>> (32 - COUNTED_BITS));
      if (this.#shared[counted] === MAX_SHARED) {
        isCrowded = true;
        continue;
      }
      this.#shared[counted] = (this.#shared[counted] as number) + 1;
      let slot = firstSlot(key, table.length);
      while (table[slot] !== 0) slot = slot + 1 === table.length ? 0 : slot + 1;
      table[slot] = ((key & 0xff) << ORDINAL_BITS) | (this.#size + 1);
    }
    if (isCrowded) this.#crowdedCount += 1;
    this.#size += 1;
  }

  #grow(capacity: number): void {
    this.#tables = this.#emptyTables(capacity);
    this.#shared.fill(0);
    this.#crowdedCount = 0;
    const count = this.#size;
    this.#size = 0;
    while (this.#size < count) this.#insert(this.#sets.at(this.#size));
  }

  #emptyTables(capacity: number): Uint32Array[] {
    return Array.from(this.#keys, () => new Uint32Array(capacity));
  }

  /** A text is sought before it is added: its minima are taken once. */
  #hashOnce(set: Uint32Array): void {
    if (this.#hashed === set) return;
    this.#hash(set, this.#keys);
    this.#hashed = set;
  }
}

/** Places go by the upper bits of a key; its lowest 8 distinguish keys of one place. */
function firstSlot(key: number, capacity: number): number {
  return Math.floor(key * (capacity / 2 ** 32));
}
