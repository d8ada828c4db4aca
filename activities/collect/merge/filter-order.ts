import { FILTER_RULES } from '../filter/filter-rules.js';

/** Reasons by which rows are put aside, in the order in which rows meet them. */
export const FILTER_ORDER: readonly string[] = [
  'unreadable',
  'too many characters',
  'blank',
  'duplicate',
  'broken characters',
  ...FILTER_RULES.map(({ reason }) => reason),
  'id already used',
  'near-duplicate',
  'no route for this kind of prompt',
  'beyond the share of its route',
  'answer unusable',
  'description says nothing',
  'description too long',
  'target too long',
  'target repeats the description',
  'target shorter than the description',
  'content lost',
];
