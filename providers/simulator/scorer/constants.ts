/**
 * Version of the simulator's pictures and scores. Raise it when they change: scores that were recorded before are then
 * asked for again.
 */
export const scoringVersion = 1;

/** Constants of the tables. Ours; the reasons are in docs/simulator.md. */
export const TABLES = {
  /** A one-word entry is a modifier if it is a whole comma segment in at least this share of its uses. */
  minOwnSegmentShare: 0.15,
  /** A prompt with at least this many modifiers is rich: affinities are counted on those. */
  richModifierCount: 3,
  /** Value of a modifier that every prompt has. */
  commonValue: 0.15,
  /** A modifier held by this share of the rich prompts, or fewer, has full value. */
  fullValueShare: 0.01,
  /** Uses that halve the doubt about a modifier. */
  doubtCount: 6,
  /** Added to both counts of an affinity to a kind of subject: few uses, small affinity. */
  kindPrior: 3,
  /** The same for an affinity to a word. */
  wordPrior: 2,
  /** Words of fewer rich prompts say nothing about modifiers. */
  minWordPrompts: 4,
  /** Affinities are cut to plus or minus this. */
  affinityLimit: 1.5,
} as const;

/** Constants of the terms. */
export const TERMS = {
  /** Summed value at which a group has given 63 % of its weight. */
  saturation: 0.9,
  /** Added to the count of modifiers in the mean affinity. */
  fitPrior: 1,
  /** PickScore's text encoder reads about this many words. */
  keptWords: 60,
  repetitionLimit: 8,
} as const;

/** Weights of the PickScore-like scorer. */
export const PICK = {
  range: [14, 26],
  base: 19.3,
  /** Most that richness can add, and the richness that has earned 63 % of it. */
  rich: 0.8,
  richScale: 0.9,
  /** Most that fit can add or take, and how steeply. */
  fit: 1.3,
  fitSlope: 2.5,
  /** For all of x's content words lost. */
  lost: 2.4,
  order: 0.5,
  drift: 0.1,
  driftFree: 6,
  repetition: 0.08,
  contradiction: 0.15,
  excess: 0.4,
  gibberish: 0.15,
  dangling: 0.1,
} as const;

/** Weights of the aesthetic scorer. */
export const AESTHETIC = {
  range: [1, 10],
  base: 4.7,
  rich: 1.4,
  richScale: 1.1,
  /** Little: a picture is judged without the description it was made for, and pick has it. */
  fit: 0.2,
  fitSlope: 2,
  repetition: 0.12,
  contradiction: 0.25,
  excess: 0.5,
  gibberish: 0.2,
  dangling: 0.2,
  unseen: 1.5,
  unseenFree: 0.35,
} as const;

/** HPS v2, in its own units: of the two scores above, more of the first. */
export const HPS = {
  range: [0.1, 0.4],
  base: 0.27,
  pick: 0.012,
  aesthetic: 0.006,
  noise: 0.005,
} as const;

/** CLIP similarity times 100: of the terms that say whether x is in the picture. */
export const CLIP = { range: [5, 45], base: 32, scale: 5, noise: 1.2 } as const;

/** Standard deviation of one picture's score around its prompt's. */
export const NOISE = 0.5;
