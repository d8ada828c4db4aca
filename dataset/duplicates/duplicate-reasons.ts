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
