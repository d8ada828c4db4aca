import { BandTables } from './band-tables.js';
import { fingerprintOf, type Fingerprint, chooseBands } from './fingerprint.js';
import { loadIndex, saveIndex, type IndexContent } from './index-file.js';
import { KeySet, NumberSets } from './number-sets.js';

/** Why a text that stands somewhere else is put aside; the key of the reason, under which the card counts it. */
export const DuplicateReason = {
  equal: 'duplicate',
  near: 'near-duplicate',
  /** Of a row that an earlier collection kept, which this one goes on from. */
  equalToEarlier: 'duplicate of earlier data',
  nearToEarlier: 'near-duplicate of earlier data',
  equalToHeldOut: 'equals a text of a held-out split',
  nearToHeldOut: 'nearly equals a text of a held-out split',
  repeatedPair: 'repeats another pair of its split',
} as const;

/**
 * The texts seen so far, as hashes: finds those that a text equals or nearly repeats, in time that does not grow with them.
 *
 * Two texts are equal when their words are; nearly equal when the Jaccard similarity of their word triples is at least
 * `threshold`. Candidates come from MinHash LSH and are compared triple by triple, so what is found is a repetition;
 * at the very threshold one in 5,000 is missed, more of the `crowdedCount` texts. Ordinals count the texts from 0 in the order of adding.
 */
export class DuplicateIndex {
  readonly threshold: number;
  readonly content: IndexContent;
  readonly #bands: BandTables;
  #last: { text: string; print: Fingerprint } | undefined;

  constructor(
    { threshold }: { threshold: number },
    content: IndexContent = { keys: new KeySet(), ids: new KeySet(), shingles: new NumberSets() },
  ) {
    this.threshold = threshold;
    this.content = content;
    this.#bands = new BandTables(chooseBands(threshold), content.shingles);
  }

  /**
   * The index that `save` wrote to a file.
   *
   * @throws InputInvalidError if the file is missing, torn, changed, or of another format.
   */
  static async load(path: string): Promise<DuplicateIndex> {
    const { threshold, content } = await loadIndex(path);
    return new DuplicateIndex({ threshold }, content);
  }

  /** Writes the index to a file, which is there whole or not at all; about a third of the memory it takes. */
  async save(path: string): Promise<void> {
    await saveIndex(path, { threshold: this.threshold, content: this.content });
  }

  /** How many texts were added. */
  get size(): number {
    return this.content.keys.size;
  }

  /** The earlier text with the same words, whatever its case, spacing and punctuation. */
  findEqual(text: string): number | undefined {
    return this.content.keys.findHash(this.#printOf(text).key);
  }

  /** An earlier text that is equal or nearly equal. */
  find(text: string): number | undefined {
    return this.findPrint(this.#printOf(text));
  }

  findPrint(print: Fingerprint): number | undefined {
    const { keys, shingles } = this.content;
    const equal = keys.findHash(print.key);
    if (equal !== undefined) return equal;
    const own = print.shingles;
    return this.#bands.find(own, (ordinal) => shingles.isSimilar(own, ordinal, this.threshold));
  }

  /** Adds a text and returns its ordinal; a text equal to an earlier one keeps that one's. */
  add(text: string): number {
    return this.addPrint(this.#printOf(text));
  }

  addPrint(print: Fingerprint): number {
    const { keys, shingles } = this.content;
    if (!keys.addHash(print.key)) return keys.findHash(print.key) as number;
    shingles.add(print.shingles);
    this.#bands.add(print.shingles);
    return this.size - 1;
  }

  hasId(id: string): boolean {
    return this.content.ids.find(id) !== undefined;
  }

  takeId(id: string): void {
    this.content.ids.add(id);
  }

  /** Texts that share a long part with hundreds of others, so that they are found by the rest of their words alone. */
  get crowdedCount(): number {
    return this.#bands.crowdedCount;
  }

  /** Bytes held, in all. */
  get byteLength(): number {
    const { keys, ids, shingles } = this.content;
    return keys.byteLength + ids.byteLength + shingles.byteLength + this.#bands.byteLength;
  }

  /** A text is sought before it is added: its words are taken once. */
  #printOf(text: string): Fingerprint {
    if (this.#last?.text !== text) this.#last = { text, print: fingerprintOf(text) };
    return this.#last.print;
  }
}
