/**
 * Counter-based random numbers: a pure function of a seed and keys, so there is no generator state that a crash can lose.
 *
 * Source: the 32-bit finaliser of MurmurHash3 over the keys (Appleby, public domain), run twice for 53 bits.
 */

/**
 * The engine's random streams: the key that sets each apart from the others, beside the seed and what it is drawn for.
 *
 * A number must not change, or what was trained with it cannot be trained again.
 */
export const Stream = {
  copiedWords: 7,
  prompts: 11,
  rewardHead: 17,
  valueHead: 23,
  updates: 31,
  lora: 41,
  attention: 1000,
} as const;

/** Draws for one pass over the data: the order of its rows, and of its batches. */
export const PassDraw = { rows: 1, batches: 2 } as const;

/** Draws for one row of copying. */
export const CopyDraw = { count: 1, piece: 2, tail: 3 } as const;

/** Draws for one row of the pretraining mixture; the last two begin the keys of a row of copying. */
export const MixtureDraw = { kind: 1, row: 2, copiedWords: 3, copiedTokens: 4 } as const;

function mix(hash: number, key: number): number {
  let k = Math.imul(key, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finalise(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit unsigned number from a text, for use as a key. */
export function keyOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = mix(hash, text.charCodeAt(i));
  return finalise(hash ^ text.length);
}

/** A 32-bit unsigned number that depends on all keys and their order. Keys are taken modulo 2^32. */
export function randomBits(...keys: number[]): number {
  let hash = 0x9747b28c;
  for (const key of keys) hash = mix(hash, key | 0);
  return finalise(hash ^ keys.length);
}

/** A number in [0, 1) with 53 random bits. */
export function uniform(...keys: number[]): number {
  const high = randomBits(...keys, 0x5bd1e995) >>> 5;
  const low = randomBits(...keys, 0x1b873593) >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

/** A standard normal number (Box and Muller). */
export function normal(...keys: number[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(...keys, 1)));
  return radius * Math.cos(2 * Math.PI * uniform(...keys, 2));
}

/** 0..count-1 in an order that depends on the keys alone (Fisher and Yates). */
export function permutation(count: number, ...keys: number[]): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform(...keys, i) * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
