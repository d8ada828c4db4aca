import { DuplicateIndex } from '../duplicates/duplicate-index.js';
import type { Fingerprint } from '../duplicates/fingerprint.js';
import { KeySet } from '../duplicates/key-set.js';

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
