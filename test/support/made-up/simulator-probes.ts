import {
  isRich,
  type Knowledge,
  loadKnowledge,
  readBundledPrompts,
} from '../../../providers/simulator/knowledge.js';
import type { Scorer } from '../../../providers/simulator/scorer/scorer.js';
import { caption, improve, summarise } from '../../../providers/simulator/writer.js';
import { modifierSegments } from '../../../text/modifiers.js';
import { permutation, uniform } from '../../../text/random.js';
import { contentKept, contentWords, words } from '../../../text/words.js';

export interface ProbePair {
  x: string;
  y: string;
}

/** What the probes are made of: the simulator's knowledge, and pairs of rows it has not seen. */
export interface ProbeMaterial {
  knowledge: Knowledge;
  heldOut: ProbePair[];
  train: ProbePair[];
  /** Comma segments of the training prompts, most frequent first. */
  popular: string[];
}

/** Pairs as collection makes them, by the simulator's own texts. */
export function readProbeMaterial(): ProbeMaterial {
  const knowledge = loadKnowledge();
  const pairsOf = (side: 'train' | 'held-out'): ProbePair[] =>
    readBundledPrompts(side)
      .map(({ prompt }, place) => makePair(prompt, place, knowledge))
      .filter(({ x, y }) => words(x).length >= 2 && contentKept(x, y) >= 0.9);
  const counts = new Map<string, number>();
  for (const { prompt } of readBundledPrompts('train')) {
    for (const segment of new Set(modifierSegments(prompt))) {
      counts.set(segment, (counts.get(segment) ?? 0) + 1);
    }
  }
  const popular = [...counts].sort((a, b) => b[1] - a[1]).map(([segment]) => segment);
  return { knowledge, heldOut: pairsOf('held-out'), train: pairsOf('train'), popular };
}

function makePair(prompt: string, place: number, knowledge: Knowledge): ProbePair {
  const cut = cutAtComma(prompt);
  if (!isRich(prompt, knowledge.tables)) return { x: cut, y: improve(cut, knowledge, 1) };
  const write = place % 2 === 0 ? summarise : caption;
  return { x: write(prompt, knowledge.tables.index, 1), y: cut };
}

/** At most 48 words, cut at a comma where there is one. */
function cutAtComma(prompt: string): string {
  const kept: string[] = [];
  for (const segment of prompt.split(',')) {
    if (words([...kept, segment].join(',')).length > 48) break;
    kept.push(segment);
  }
  return kept.length > 0 ? kept.join(',').trim() : prompt.split(' ').slice(0, 48).join(' ');
}

/** A way to write y for a pair; `place` keys its random choices. */
export type Probe = (pair: ProbePair, place: number) => string;

/** Every way to write y whose score the simulator answers for, by the name it has in docs/simulator.md. */
export function createProbes({
  knowledge,
  heldOut,
  popular,
}: ProbeMaterial): Record<string, Probe> {
  const { modifiers } = knowledge.tables;
  const tail = (count: number): string => popular.slice(0, count).join(', ');
  const random = (place: number, count: number): string =>
    Array.from({ length: count }, (_, step) => {
      return modifiers[Math.floor(uniform(7, place, step) * modifiers.length)]!.text;
    }).join(', ');
  const shuffle = (text: string, place: number): string => {
    const list = text.split(' ');
    return permutation(list.length, 3, place)
      .map((index) => list[index])
      .join(' ');
  };
  return {
    'x unchanged': ({ x }) => x,
    "the data's y": ({ y }) => y,
    'x + 2 popular modifiers': ({ x }) => `${x}, ${tail(2)}`,
    'x + 5 popular modifiers': ({ x }) => `${x}, ${tail(5)}`,
    'x + 10 popular modifiers': ({ x }) => `${x}, ${tail(10)}`,
    'x + 40 popular modifiers': ({ x }) => `${x}, ${tail(40)}`,
    'x + one broad tail, chosen by hand': ({ x }) =>
      `${x}, golden hour, bokeh, art nouveau, muted colors, high detail, baroque`,
    'x + 6 random modifiers': ({ x }, place) => `${x}, ${random(place, 6)}`,
    'x + 6 fitting modifiers': ({ x }) => `${x}, ${fittingModifiers(x, 6, knowledge).join(', ')}`,
    'the tail without x': () => tail(5),
    'half of x + the tail': ({ x }) =>
      `${words(x)
        .slice(0, Math.ceil(words(x).length / 2))
        .join(' ')}, ${tail(5)}`,
    'x three times': ({ x }) => `${x}, ${x}, ${x}`,
    'x + "highly detailed" x 8': ({ x }) =>
      `${x}, ${Array<string>(8).fill('highly detailed').join(', ')}`,
    "another row's y": (_pair, place) => heldOut[(place + 37) % heldOut.length]!.y,
    'x + gibberish': ({ x }, place) => `${x}, ${gibberish(place)}`,
    'x shuffled': ({ x }, place) => shuffle(x, place),
    "the data's y, shuffled": ({ y }, place) => shuffle(y, place),
    "the data's y without one word of x": ({ x, y }, place) => {
      const long = words(x).filter((word) => word.length > 3);
      const gone = long[place % Math.max(1, long.length)];
      return gone === undefined
        ? y
        : y
            .split(' ')
            .filter((token) => !token.includes(gone))
            .join(' ');
    },
    "the data's y, cut at 60 %": ({ y }) => {
      const list = y.split(' ');
      return list.slice(0, Math.ceil(list.length * 0.6)).join(' ');
    },
  };
}

function gibberish(place: number): string {
  const letter = (...keys: number[]): string =>
    String.fromCharCode(97 + Math.floor(uniform(9, place, ...keys) * 26));
  return Array.from({ length: 8 }, (_, word) =>
    Array.from({ length: 5 }, (_unused, at) => letter(word, at)).join(''),
  ).join(' ');
}

/** The best fitting modifiers of full value for a subject, at most two of a group. */
function fittingModifiers(x: string, count: number, { tables }: Knowledge): string[] {
  const affinity = tables.affinity.forSubject(contentWords(x));
  const perGroup = new Map<string, number>();
  const ranked = tables.modifiers
    .map((modifier, index) => ({ ...modifier, fit: affinity(index) }))
    .filter(({ value }) => value > 0.5)
    .sort((a, b) => b.fit - a.fit);
  const chosen: string[] = [];
  for (const { text, group } of ranked) {
    const used = perGroup.get(group) ?? 0;
    if (chosen.length === count) break;
    if (used === 2) continue;
    perGroup.set(group, used + 1);
    chosen.push(text);
  }
  return chosen;
}

export interface ProbeResult {
  pick: number;
  aesthetic: number;
  /** .7 z(pick) + .3 z(aesthetic), z by `PROBE_UNITS`. */
  mix: number;
  /** Share of the pairs on which this y beats the data's own, by the mix. */
  beatsData: number;
}

/** Mean and standard deviation of the scores over a mixture of good and spoilt texts; fixed, so that tables compare. */
export const PROBE_UNITS = {
  pick: { mean: 18.9, deviation: 1.33 },
  aesthetic: { mean: 5.23, deviation: 0.55 },
} as const;

/** The 0.7 / 0.3 mix of the paper in units of `PROBE_UNITS`. */
export function mixScores(pick: number, aesthetic: number): number {
  return (
    (0.7 * (pick - PROBE_UNITS.pick.mean)) / PROBE_UNITS.pick.deviation +
    (0.3 * (aesthetic - PROBE_UNITS.aesthetic.mean)) / PROBE_UNITS.aesthetic.deviation
  );
}

/** Noise-free means of one probe over pairs. */
export function measureProbe(scorer: Scorer, probe: Probe, pairs: ProbePair[]): ProbeResult {
  const result: ProbeResult = { pick: 0, aesthetic: 0, mix: 0, beatsData: 0 };
  for (const [place, pair] of pairs.entries()) {
    const found = scorer.explainScores(pair.x, probe(pair, place));
    const data = scorer.explainScores(pair.x, pair.y);
    const mix = mixScores(found.pick.score, found.aesthetic.score);
    result.pick += found.pick.score / pairs.length;
    result.aesthetic += found.aesthetic.score / pairs.length;
    result.mix += mix / pairs.length;
    if (mix > mixScores(data.pick.score, data.aesthetic.score)) {
      result.beatsData += 1 / pairs.length;
    }
  }
  return result;
}
