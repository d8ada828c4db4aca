import { createHash } from 'node:crypto';
import { growTo } from './grow.js';

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
