import type { DataCard } from '../../contracts/data-card.js';
import { DuplicateReason } from '../duplicates/duplicate-index.js';
import { FILTER_RULES } from '../filter/rules.js';

/** The rows of a collection do not add up: some were lost, or counted twice. */
export class AccountsDifferError extends Error {
  override readonly name = 'AccountsDifferError';
}

/** Where every row that was read went. */
export interface Accounts {
  read: number;
  kept: number;
  quarantined: number;
  drop(filter: string): void;
  /** @throws AccountsDifferError unless read = kept + dropped + quarantined. */
  close(): Pick<DataCard, 'filters' | 'duplicates'> & { dropped: [string, number][] };
}

/** Counts of rows by where they went; `order` names the filters as rows meet them, others stand at the end by name. */
export function createAccounts(order: readonly string[]): Accounts {
  const dropped = new Map<string, number>(order.map((filter) => [filter, 0]));
  const accounts: Accounts = {
    read: 0,
    kept: 0,
    quarantined: 0,
    drop(filter) {
      dropped.set(filter, (dropped.get(filter) ?? 0) + 1);
    },
    close() {
      const unnamed = [...dropped.keys()].filter((filter) => !order.includes(filter)).sort();
      const counts = [...order, ...unnamed].map((filter): [string, number] => [
        filter,
        dropped.get(filter) ?? 0,
      ]);
      assertBalanced(accounts, counts);
      let left = accounts.read;
      const filters = counts.map(([filter, count]) => {
        const came = left;
        left -= count;
        return { filter, in: came, dropped: count, left };
      });
      return {
        filters,
        duplicates: duplicatesOf(counts),
        dropped: counts.filter(([, n]) => n > 0),
      };
    },
  };
  return accounts;
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
