import { keyOf, normal } from '../../../text/random.js';
import { AESTHETIC, CLIP, HPS, NOISE, PICK } from './constants.js';
import type { ScorerTables } from './tables.js';
import {
  contradictionCount,
  danglingEnd,
  driftCount,
  excess,
  fitness,
  gibberishCount,
  keptShare,
  orderShare,
  readText,
  repetition,
  richness,
  unseenShare,
  type ReadText,
} from './terms.js';

/** A score and what each term adds to it; the terms sum to the score before it is cut to its range. */
interface ExplainedScore {
  score: number;
  terms: Record<string, number>;
}

export interface Scorer {
  /** Noise-free scores of a prompt y for a description x, with every term. */
  explainScores(x: string, y: string): { pick: ExplainedScore; aesthetic: ExplainedScore };
  /** PickScore of picture `imageKey` of y against x: 14 to 26. */
  pick(x: string, y: string, imageKey: number): number;
  /** Aesthetic score of picture `imageKey` of y: 1 to 10. */
  aesthetic(y: string, imageKey: number): number;
  /** HPS v2 of picture `imageKey` of y against x: .1 to .4, preference and looks together. */
  hps(x: string, y: string, imageKey: number): number;
  /** CLIP similarity of picture `imageKey` of y to x, times 100: 5 to 45, what is shown and nothing else. */
  clip(x: string, y: string, imageKey: number): number;
}

/** Texts whose scores are remembered: the pictures of one prompt come together. */
const CACHE_SIZE = 4096;
const PICK_KEY = keyOf('pickscore');
const AESTHETIC_KEY = keyOf('aesthetic');
const HPS_KEY = keyOf('hps');
const CLIP_KEY = keyOf('clip');

/** The simulated scorers: pure functions of the tables, the texts and (seed, picture). docs/simulator.md explains each term. */
export function createScorer(tables: ScorerTables, seed: number): Scorer {
  const read = remember((text) => readText(text, tables));
  const aesthetic = remember((y) => explainAesthetic(read(y), tables));
  const pick = remember((pair) => {
    const [x, y] = JSON.parse(pair) as [string, string];
    return explainPick(read(x), read(y), tables);
  });
  const pairKey = (x: string, y: string): string => JSON.stringify([x, y]);
  return {
    explainScores: (x, y) => ({ pick: pick(pairKey(x, y)), aesthetic: aesthetic(y) }),
    pick(x, y, imageKey) {
      const pair = pairKey(x, y);
      const noise = normal(seed, PICK_KEY, keyOf(pair), imageKey);
      return clip(pick(pair).score + NOISE * noise, PICK.range);
    },
    aesthetic(y, imageKey) {
      const noise = normal(seed, AESTHETIC_KEY, keyOf(y), imageKey);
      return clip(aesthetic(y).score + NOISE * noise, AESTHETIC.range);
    },
    hps(x, y, imageKey) {
      const pair = pairKey(x, y);
      const noise = normal(seed, HPS_KEY, keyOf(pair), imageKey);
      const value =
        HPS.base +
        HPS.pick * (pick(pair).score - PICK.base) +
        HPS.aesthetic * (aesthetic(y).score - AESTHETIC.base);
      return clip(value + HPS.noise * noise, HPS.range);
    },
    clip(x, y, imageKey) {
      const pair = pairKey(x, y);
      const noise = normal(seed, CLIP_KEY, keyOf(pair), imageKey);
      const { kept = 0, order = 0, drift = 0 } = pick(pair).terms;
      return clip(CLIP.base + CLIP.scale * (kept + order + drift) + CLIP.noise * noise, CLIP.range);
    },
  };
}

function explainAesthetic(y: ReadText, tables: ScorerTables): ExplainedScore {
  return explain(AESTHETIC.range, {
    base: AESTHETIC.base,
    rich: AESTHETIC.rich * saturate(richness(y.modifiers, tables) / AESTHETIC.richScale),
    fit: AESTHETIC.fit * Math.tanh(AESTHETIC.fitSlope * fitness(y.modifiers, y.subject, tables)),
    repetition: -AESTHETIC.repetition * repetition(y),
    contradiction: -AESTHETIC.contradiction * contradictionCount(y),
    excess: -AESTHETIC.excess * excess(y),
    gibberish: -AESTHETIC.gibberish * Math.min(5, gibberishCount(y, tables)),
    dangling: -AESTHETIC.dangling * danglingEnd(y),
    unseen: -AESTHETIC.unseen * Math.max(0, unseenShare(y, tables) - AESTHETIC.unseenFree),
  });
}

function explainPick(x: ReadText, y: ReadText, tables: ScorerTables): ExplainedScore {
  const own = new Set(x.modifiers);
  const added = y.modifiers.filter((modifier) => !own.has(modifier));
  return explain(PICK.range, {
    base: PICK.base,
    rich: PICK.rich * saturate(richness(added, tables) / PICK.richScale),
    fit: PICK.fit * Math.tanh(PICK.fitSlope * fitness(added, x.subject, tables)),
    kept: -PICK.lost * (1 - keptShare(x, y)),
    order: -PICK.order * (1 - orderShare(x, y)),
    drift: -PICK.drift * Math.max(0, driftCount(x, y) - PICK.driftFree),
    repetition: -PICK.repetition * repetition(y),
    contradiction: -PICK.contradiction * contradictionCount(y),
    excess: -PICK.excess * excess(y),
    gibberish: -PICK.gibberish * Math.min(5, gibberishCount(y, tables, x)),
    dangling: -PICK.dangling * danglingEnd(y),
  });
}

/** From 0 towards 1: more earns ever less. */
function saturate(value: number): number {
  return 1 - Math.exp(-value);
}

function explain(range: readonly [number, number], terms: Record<string, number>): ExplainedScore {
  const sum = Object.values(terms).reduce((total, term) => total + term, 0);
  return { score: clip(sum, range), terms };
}

function clip(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** A function that keeps its newest results; it changes nothing but the time a call takes. */
function remember<Value>(compute: (key: string) => Value): (key: string) => Value {
  const kept = new Map<string, Value>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= CACHE_SIZE) kept.clear();
    const value = compute(key);
    kept.set(key, value);
    return value;
  };
}
