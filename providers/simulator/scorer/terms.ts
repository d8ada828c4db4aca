import { isStopWord } from '../../../text/words.js';
import { GROUP_WEIGHT, modifierGroups, type ScorerTables, subjectStems } from './tables.js';
import { TERMS } from './constants.js';
import { contentStems, splitText, stemCached, type TextParts } from './text-parts.js';

/** A text taken apart once, for both scorers. */
export interface ReadText {
  parts: TextParts;
  /** Modifiers in order of use, repetitions included. */
  modifiers: number[];
  /** Words covered by modifiers. */
  modifierStems: Set<string>;
  /** Content words outside the modifiers, of the first segment that has any: a tail cannot change what a text is about. */
  subject: string[];
  content: string[];
}

/** Takes a text apart by the tables' modifiers. */
export function readText(text: string, tables: ScorerTables): ReadText {
  const parts = splitText(text);
  const modifiers: number[] = [];
  const modifierStems = new Set<string>();
  let subject: string[] = [];
  for (const segment of parts.segments) {
    const hits = tables.index.find(segment);
    for (const hit of hits) {
      modifiers.push(hit.modifier);
      for (const word of segment.slice(hit.start, hit.start + hit.length)) {
        modifierStems.add(stemCached(word));
      }
    }
    if (subject.length === 0) subject = subjectStems(segment, hits);
  }
  return { parts, modifiers, modifierStems, subject, content: contentStems(parts) };
}

/** What several groups of modifiers add: each group saturates, so that breadth beats stacking. */
export function richness(modifiers: Iterable<number>, tables: ScorerTables): number {
  const sums = new Map<string, number>();
  for (const modifier of new Set(modifiers)) {
    const found = tables.modifiers[modifier];
    if (found) sums.set(found.group, (sums.get(found.group) ?? 0) + found.value);
  }
  return modifierGroups.reduce(
    (total, group) =>
      total + GROUP_WEIGHT[group] * (1 - Math.exp(-(sums.get(group) ?? 0) / TERMS.saturation)),
    0,
  );
}

/** Mean affinity of the modifiers to the subject, times n / (n + 1): one good modifier is not yet a style. */
export function fitness(
  modifiers: readonly number[],
  subject: readonly string[],
  tables: ScorerTables,
): number {
  const distinct = [...new Set(modifiers)];
  if (distinct.length === 0) return 0;
  const affinityOf = tables.affinity.forSubject(subject);
  const sum = distinct.reduce((total, modifier) => total + affinityOf(modifier), 0);
  return sum / (distinct.length + TERMS.fitPrior);
}

/** Share of x's content words among the first words of y. */
export function keptShare(x: ReadText, y: ReadText): number {
  if (x.content.length === 0) return 1;
  const found = new Set(y.parts.stems.slice(0, TERMS.keptWords));
  return x.content.filter((word) => found.has(word)).length / x.content.length;
}

/** Share of x's neighbouring content words that stay neighbours, in order, within two places in y. */
export function orderShare(x: ReadText, y: ReadText): number {
  const line = contentLine(x);
  if (line.length < 2) return 1;
  const kept = contentLine(y);
  let close = 0;
  for (const [place, word] of line.slice(1).entries()) {
    const before = line[place];
    if (kept.some((found, at) => found === before && kept.slice(at + 1, at + 3).includes(word))) {
      close += 1;
    }
  }
  return close / (line.length - 1);
}

/** Stems of the content words in order, repetitions included. */
function contentLine({ parts }: ReadText): string[] {
  return parts.stems.filter((_, place) => !isStopWord(parts.words[place] ?? ''));
}

/** Content words of y that neither x nor a modifier has. */
export function driftCount(x: ReadText, y: ReadText): number {
  const own = new Set(x.content);
  return y.content.filter((word) => !own.has(word) && !y.modifierStems.has(word)).length;
}

/** Repetition: modifiers said again, doubled words, half of every use of a word past two, half of repeated word pairs. */
export function repetition(y: ReadText): number {
  const again = y.modifiers.length - new Set(y.modifiers).size;
  const uses = new Map<string, number>();
  const pairs = new Map<string, number>();
  let doubled = 0;
  for (const [place, word] of y.parts.words.entries()) {
    if (!isStopWord(word)) uses.set(word, (uses.get(word) ?? 0) + 1);
    const before = y.parts.words[place - 1];
    if (before === undefined) continue;
    if (before === word) doubled += 1;
    pairs.set(`${before} ${word}`, (pairs.get(`${before} ${word}`) ?? 0) + 1);
  }
  let past = 0;
  for (const count of uses.values()) past += Math.max(0, count - 2);
  let pairAgain = 0;
  for (const count of pairs.values()) pairAgain += count - 1;
  return Math.min(TERMS.repetitionLimit, again + doubled + past / 2 + pairAgain / 2);
}

const CONTRADICTIONS: [string[], string[]][] = [
  [
    ['photo', 'photograph', 'photography', 'photorealistic'],
    ['painting', 'illustration', 'drawing'],
  ],
  [
    ['monochrome', 'grayscale'],
    ['colorful', 'colourful', 'vibrant', 'vivid'],
  ],
  [
    ['minimal', 'minimalist', 'minimalistic'],
    ['intricate', 'ornate'],
  ],
  [
    ['3d', 'cgi'],
    ['watercolor', 'oil', 'gouache'],
  ],
  [['dark'], ['bright']],
];

/** Pairs of opposite demands among the words of y. */
export function contradictionCount(y: ReadText): number {
  const found = new Set(y.parts.words);
  return CONTRADICTIONS.filter(
    ([one, other]) => one.some((word) => found.has(word)) && other.some((word) => found.has(word)),
  ).length;
}

/** Words too many: .04 for each past 40 and .06 more for each past 60. */
export function excess(y: ReadText): number {
  const count = y.parts.words.length;
  return 0.04 * Math.max(0, count - 40) + 0.06 * Math.max(0, count - 60);
}

/** Distinct words no prompt, no modifier and not x has. */
export function gibberishCount(y: ReadText, tables: ScorerTables, x?: ReadText): number {
  const own = new Set(x?.parts.words);
  return [...new Set(y.parts.words)].filter((word) => !tables.isKnownWord(word) && !own.has(word))
    .length;
}

/** Share of word pairs inside segments that stand in no prompt. */
export function unseenShare(y: ReadText, tables: ScorerTables): number {
  let all = 0;
  let unseen = 0;
  for (const segment of y.parts.segments) {
    for (const [place, word] of segment.slice(1).entries()) {
      all += 1;
      if (!tables.isKnownPair(segment[place] ?? '', word)) unseen += 1;
    }
  }
  return all === 0 ? 0 : unseen / all;
}

const FUNCTION_WORDS = new Set(
  'a an the of in on at by to for from with without and or but as is are into onto under over'.split(
    ' ',
  ),
);

/** 1 if the text ends in a function word, as a text cut short does. */
export function danglingEnd(y: ReadText): number {
  return FUNCTION_WORDS.has(y.parts.words.at(-1) ?? '') ? 1 : 0;
}
