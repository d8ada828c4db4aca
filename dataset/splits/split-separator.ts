import type { PromptPair, PromptRow } from '../../contracts/records.js';
import { splitOf, type SplitShares } from '../../text/split.js';
import { fingerprintOf, type Fingerprint } from '../duplicates/fingerprint.js';
import { keyHashOf, KeySet } from '../duplicates/number-sets.js';
import { tokenKey } from '../filter/clean-text.js';
import { DuplicateReason } from '../duplicates/duplicate-index.js';
import { HeldOutTexts, type Likeness, NotedPairs } from './held-out-texts.js';

const LIKENESS_REASONS: Record<Likeness, string | undefined> = {
  equal: DuplicateReason.equalToHeldOut,
  near: DuplicateReason.nearToHeldOut,
  none: undefined,
};

export interface SplitSeparator {
  /** First pass: every pair, in order. */
  note(pair: PromptPair): void;
  /** Second pass, over the same pairs in the same order: why a pair is put aside, or undefined when it stays. */
  judge(pair: PromptPair): string | undefined;
  /** After the first pass: whether a prompt is of a training row and no held-out text. */
  isTrainPrompt(row: Pick<PromptRow, 'id' | 'prompt'>): boolean;
}

/**
 * Decides which pairs stay so that no text stands in two splits: whole rows go by their id, and what still equals, or
 * nearly equals, a description or target of a held-out split is taken out of the other one.
 *
 * Test goes before validation, validation before training. Held-out descriptions are unique; a pair is there once.
 * Texts are equal when their words are; nearly equal from the similarity `nearDuplicate` on, null for never. Hashes only
 * are held: all shingles of held-out texts, one key a training pair.
 */
export function createSplitSeparator(
  shares: SplitShares,
  { nearDuplicate }: { nearDuplicate: number | null },
): SplitSeparator {
  const test = new HeldOutTexts(nearDuplicate);
  const validation = new HeldOutTexts(nearDuplicate);
  const verdicts = { test: new Verdicts(), validation: new Verdicts() };
  const testDescriptions = new KeySet();
  const trainPairs = new KeySet();
  let waiting: NotedPairs | undefined = new NotedPairs({ withShingles: nearDuplicate !== null });

  /** Validation pairs can be judged only when all test texts are known. */
  function settle(): void {
    if (waiting === undefined) return;
    const descriptions = new KeySet();
    for (const { x, y } of waiting.all()) {
      const reason = reasonAgainst([test], [x, y]);
      const isNew = reason === undefined && descriptions.addHash(x.key);
      verdicts.validation.add(isNew ? undefined : (reason ?? DuplicateReason.repeatedPair));
      if (isNew) for (const text of [x, y]) validation.add(text);
    }
    waiting = undefined;
  }

  return {
    note(pair) {
      if (waiting === undefined) throw new Error('A pair was noted after the first was judged.');
      const split = splitOf(pair.rowId, shares);
      if (split === 'train') return;
      const x = fingerprintOf(pair.x);
      const y = fingerprintOf(pair.y);
      if (split === 'validation') waiting.add({ x, y });
      else {
        const isNew = testDescriptions.addHash(x.key);
        verdicts.test.add(isNew ? undefined : DuplicateReason.repeatedPair);
        if (isNew) for (const text of [x, y]) test.add(text);
      }
    },
    judge(pair) {
      settle();
      const split = splitOf(pair.rowId, shares);
      if (split !== 'train') return verdicts[split].next();
      const x = fingerprintOf(pair.x);
      const y = fingerprintOf(pair.y);
      const reason = reasonAgainst([test, validation], [x, y]);
      if (reason !== undefined) return reason;
      const identity = `${tokenKey(pair.x)}\n${tokenKey(pair.y)}`;
      return trainPairs.addHash(keyHashOf(identity)) ? undefined : DuplicateReason.repeatedPair;
    },
    isTrainPrompt(row) {
      settle();
      if (splitOf(row.id, shares) !== 'train') return false;
      return reasonAgainst([test, validation], [fingerprintOf(row.prompt)]) === undefined;
    },
  };
}

function reasonAgainst(heldOut: HeldOutTexts[], texts: Fingerprint[]): string | undefined {
  const found = heldOut.flatMap((own) => texts.map((text) => own.likeness(text)));
  return LIKENESS_REASONS[found.find((one) => one !== 'none') ?? 'none'];
}

/** Reasons in the order of their pairs, a byte each. */
class Verdicts {
  static readonly #reasons = [
    undefined,
    DuplicateReason.repeatedPair,
    LIKENESS_REASONS.equal,
    LIKENESS_REASONS.near,
  ];
  #codes = new Uint8Array(64);
  #count = 0;
  #judged = 0;

  add(reason: string | undefined): void {
    if (this.#count === this.#codes.length) {
      const larger = new Uint8Array(this.#count * 2);
      larger.set(this.#codes);
      this.#codes = larger;
    }
    this.#codes[this.#count] = Verdicts.#reasons.indexOf(reason);
    this.#count += 1;
  }

  next(): string | undefined {
    if (this.#judged === this.#count) throw new Error('More pairs are judged than were noted.');
    this.#judged += 1;
    return Verdicts.#reasons[this.#codes[this.#judged - 1] as number];
  }
}
