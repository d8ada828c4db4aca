/** A provider as the recipe names it. */
export type PaidProvider = 'chat' | 'captions' | 'images' | 'scores';

/** What answers of one provider have cost. */
export interface Spent {
  /** Calls that were answered. */
  calls: number;
  /** In the unit of the recipe's prices. */
  cost: number;
}

/** By provider; one that is absent was not asked. */
export type Spending = Partial<Record<PaidProvider, Spent>>;

/** How much may still be spent, by provider; what is absent or null has no limit. */
export type Allowance = Partial<
  Record<PaidProvider, { calls: number | null; cost: number | null }>
>;
