import { DuplicateReason } from '../duplicates/duplicate-reasons.js';
import { FILTER_RULES } from '../filter/filter-rules.js';

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
