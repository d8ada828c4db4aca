import { words } from '../../../text/words.js';
import { addTo, type Affinity, at, type CountedPrompt, createAffinity } from './affinity.js';
import { TABLES } from './constants.js';
import {
  contentStems,
  createModifierIndex,
  type ModifierHit,
  type ModifierIndex,
  splitText,
  stemCached,
  type TextParts,
  readWordLists,
} from './text-parts.js';

/** What a modifier speaks of. A good prompt says something about several of them. */
export const modifierGroups = ['light', 'camera', 'quality', 'medium', 'colour', 'style'] as const;
type ModifierGroup = (typeof modifierGroups)[number];

/** Weights of the groups in `rich`. */
export const GROUP_WEIGHT: Record<ModifierGroup, number> = {
  light: 1,
  camera: 0.8,
  quality: 1,
  medium: 0.9,
  colour: 0.7,
  style: 0.8,
};

/** In this order: the first group one of whose keywords stands in the modifier is the modifier's group. */
const KEYWORDS = readWordLists<ModifierGroup>('modifier-groups.txt');

const GROUP_OF = new Map(
  KEYWORDS.toReversed().flatMap(([group, list]) => list.map((word) => [word, group] as const)),
);

/** The group of a modifier given as words; artists, movements and moods are `style`. */
export function groupOf(modifierWords: readonly string[]): ModifierGroup {
  const found = new Set(modifierWords.map((word) => GROUP_OF.get(word)));
  return KEYWORDS.find(([group]) => found.has(group))?.[0] ?? 'style';
}

/** What the scorers know of one modifier. */
interface ScoredModifier {
  text: string;
  group: ModifierGroup;
  /** How much it tells a painter, 0 to 1: more than what every prompt says, less if few prompts prove it. */
  value: number;
}

/** Everything the scorers look up; a pure function of the prompts and modifiers it was made of. */
export interface ScorerTables {
  modifiers: readonly ScoredModifier[];
  index: ModifierIndex;
  affinity: Affinity;
  /** True for words of the prompts and of the modifiers. */
  isKnownWord(word: string): boolean;
  /** True if the two words stand side by side in a segment of a prompt or in a modifier. */
  isKnownPair(first: string, second: string): boolean;
}

/** The scorers' tables from normalised prompts and a list of modifiers. */
export function createScorerTables(prompts: string[], modifierTexts: string[]): ScorerTables {
  const texts = prompts.map(splitText);
  const candidates = modifierTexts.map(words).filter((list) => /\p{L}/u.test(list.join('')));
  const kept = withoutContentWords(texts, candidates);
  const index = createModifierIndex(kept);
  const rich = countRichPrompts(texts, index);
  const affinity = createAffinity(rich, kept.length);
  const modifiers = kept.map((list, modifier) => ({
    text: list.join(' '),
    group: groupOf(list),
    value: valueOf(affinity.uses(modifier), rich.length),
  }));
  return { modifiers, index, affinity, ...createWordPairs(texts, kept) };
}

/** Leaves out one-word entries that prompts mostly use as content ("woman", "castle"). */
function withoutContentWords(
  texts: TextParts[],
  candidates: (readonly string[])[],
): (readonly string[])[] {
  const index = createModifierIndex(candidates);
  const uses = new Float64Array(candidates.length);
  const whole = new Float64Array(candidates.length);
  for (const { segments } of texts) {
    for (const [place, segment] of segments.entries()) {
      for (const hit of index.find(segment)) {
        addTo(uses, hit.modifier, 1);
        if (place > 0 && hit.length === segment.length) {
          addTo(whole, hit.modifier, 1);
        }
      }
    }
  }
  return candidates.filter(
    (list, modifier) =>
      list.length > 1 || at(whole, modifier) >= TABLES.minOwnSegmentShare * at(uses, modifier),
  );
}

/** The rich ones among the texts, as affinities are counted on them. */
function countRichPrompts(texts: TextParts[], index: ModifierIndex): CountedPrompt[] {
  return texts.flatMap(({ segments }) => {
    const hits = segments.map((segment) => index.find(segment));
    const modifiers = hits.slice(1).flatMap((list) => list.map((hit) => hit.modifier));
    if (hits.flat().length < TABLES.richModifierCount) return [];
    return [{ subject: subjectStems(segments[0] ?? [], hits[0] ?? []), modifiers }];
  });
}

/** Stems of a segment's content words outside its modifiers. */
export function subjectStems(segment: readonly string[], hits: readonly ModifierHit[]): string[] {
  const covered = new Set(
    hits.flatMap((hit) => Array.from({ length: hit.length }, (_, offset) => hit.start + offset)),
  );
  const rest = segment.filter((_, place) => !covered.has(place));
  return contentStems({ segments: [rest], words: rest, stems: rest.map(stemCached) });
}

function valueOf(uses: number, promptCount: number): number {
  if (uses === 0) return 0;
  const rarity = Math.log(promptCount / uses) / -Math.log(TABLES.fullValueShare);
  const told = TABLES.commonValue + (1 - TABLES.commonValue) * Math.min(1, rarity);
  return (told * uses) / (uses + TABLES.doubtCount);
}

/** Vocabulary sizes stay far below this, so that two ids make one exact number. */
const PAIR_BASE = 2 ** 24;

function createWordPairs(texts: TextParts[], modifiers: (readonly string[])[]) {
  const ids = new Map<string, number>();
  const pairs = new Set<number>();
  const idOf = (word: string): number => {
    const known = ids.get(word);
    if (known !== undefined) return known;
    ids.set(word, ids.size);
    return ids.size - 1;
  };
  for (const segment of [...texts.flatMap((text) => text.segments), ...modifiers]) {
    let before: number | undefined;
    for (const word of segment) {
      const id = idOf(word);
      if (before !== undefined) pairs.add(before * PAIR_BASE + id);
      before = id;
    }
  }
  return {
    isKnownWord: (word: string): boolean => ids.has(word),
    isKnownPair(first: string, second: string): boolean {
      const a = ids.get(first);
      const b = ids.get(second);
      return a !== undefined && b !== undefined && pairs.has(a * PAIR_BASE + b);
    },
  };
}
