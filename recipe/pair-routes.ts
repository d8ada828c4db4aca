/** The paper's three ways to make a pair. */
export const pairRoutes = ['caption', 'summary', 'improved'] as const;
export type PairRoute = (typeof pairRoutes)[number];
