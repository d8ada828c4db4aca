import type { DataCard } from '../../contracts/data-card.js';
import { DuplicateReason } from '../duplicates/duplicate-index.js';
import { FILTER_RULES } from '../filter/rules.js';

/** The rows of a collection do not add up: some were lost, or counted twice. */
export class AccountsDifferError extends Error {
  override readonly name = 'AccountsDifferError';
}

/** Counts of all rows that were read by where they went. */
export class Accounts {
  read = 0;
  kept = 0;
  quarantined = 0;
  readonly #order: readonly string[];
  readonly #dropped: Map<string, number>;

  /** `order` names the filters as rows meet them; others stand at the end by name. */
  constructor(order: readonly string[]) {
    this.#order = order;
    this.#dropped = new Map(order.map((filter) => [filter, 0]));
  }

  drop(filter: string): void {
    this.#dropped.set(filter, (this.#dropped.get(filter) ?? 0) + 1);
  }

  /** @throws AccountsDifferError unless read = kept + dropped + quarantined. */
  close(): Pick<DataCard, 'filters' | 'duplicates'> & { dropped: [string, number][] } {
    const order = this.#order;
    // A map keeps the order in which its keys were set, those of the constructor first.
    const named = [...this.#dropped].slice(0, order.length);
    const unnamed = [...this.#dropped].slice(order.length).sort(([a], [b]) => (a < b ? -1 : 1));
    const counts = [...named, ...unnamed];
    assertBalanced(this, counts);
    let left = this.read;
    const filters = counts.map(([filter, count]) => {
      const came = left;
      left -= count;
      return { filter, in: came, dropped: count, left };
    });
    const dropped = counts.filter(([, count]) => count > 0);
    return { filters, duplicates: duplicatesOf(counts), dropped };
  }
}

function assertBalanced({ read, kept, quarantined }: Accounts, counts: [string, number][]): void {
  const dropped = counts.reduce((sum, [, count]) => sum + count, 0);
  if (read === kept + dropped + quarantined) return;
  const byFilter = counts
    .filter(([, count]) => count > 0)
    .map(([filter, count]) => `${filter} ${count}`)
    .join(', ');
  throw new AccountsDifferError(
    `The rows of the dataset do not add up: read ${read}, expected kept + dropped + quarantined, ` +
      `found ${kept} + ${dropped} + ${quarantined} = ${kept + dropped + quarantined} (dropped: ${byFilter || 'none'}). ` +
      'A row was lost or counted twice: this is a fault of Burnish, and nothing was written.',
  );
}

/** The filters against repetition by what they compare with. */
function duplicatesOf(counts: [string, number][]): DataCard['duplicates'] {
  const dropped = new Map(counts);
  const sum = (...reasons: string[]) =>
    reasons.reduce((total, reason) => total + (dropped.get(reason) ?? 0), 0);
  const { equal, equalToHeldOut, repeatedPair, near, nearToHeldOut } = DuplicateReason;
  return {
    exact: sum(equal, equalToHeldOut, repeatedPair),
    near: sum(near, nearToHeldOut),
    earlierExact: sum(DuplicateReason.equalToEarlier),
    earlierNear: sum(DuplicateReason.nearToEarlier),
  };
}

/** Reasons by which rows are put aside, in the order in which rows meet them. */
export const FILTER_ORDER: readonly string[] = [
  'unreadable',
  'too many characters',
  'blank',
  DuplicateReason.equal,
  DuplicateReason.equalToEarlier,
  'unsafe by score',
  'aesthetic score too low',
  'broken characters',
  ...FILTER_RULES.map(({ reason }) => reason),
  'id already used',
  DuplicateReason.near,
  DuplicateReason.nearToEarlier,
  'no route for this kind of prompt',
  'beyond the share of its route',
  'picture unreadable',
  'answer unusable',
  'description says nothing',
  'description too long',
  'target too long',
  'target unusable',
  'target has too few tokens',
  'target has too many tokens',
  'target repeats the description',
  'target shorter than the description',
  'content lost',
  DuplicateReason.equalToHeldOut,
  DuplicateReason.nearToHeldOut,
  DuplicateReason.repeatedPair,
];
