import { readFileSync } from 'node:fs';
import { isStopWord, normalisePrompt, stem, words } from '../../../text/words.js';

/** A text as the scorers see it. */
export interface TextParts {
  /** Lower-case words, by segment. */
  segments: (readonly string[])[];
  words: string[];
  /** Stems of the words, by place. */
  stems: string[];
}

/** The words of a text by segment; commas, semicolons, bars and sentence ends part segments. */
export function splitText(text: string): TextParts {
  const segments = normalisePrompt(text)
    .toLowerCase()
    .split(/[,;|]+|[.!?:]+(?=\s|$)/)
    .map(words)
    .filter((segment) => segment.length > 0);
  const all = segments.flat();
  return { segments, words: all, stems: all.map(stemCached) };
}

const STEMS = new Map<string, string>();
const STEM_CACHE_SIZE = 100_000;

/** `stem`, remembered: the same few thousand words come again and again. */
export function stemCached(word: string): string {
  const known = STEMS.get(word);
  if (known !== undefined) return known;
  if (STEMS.size >= STEM_CACHE_SIZE) STEMS.clear();
  const found = stem(word);
  STEMS.set(word, found);
  return found;
}

/** Stems of a text's content words, each once, in order of first use. */
export function contentStems(parts: TextParts): string[] {
  const found = new Set<string>();
  for (const word of parts.words) {
    if (!isStopWord(word)) found.add(stemCached(word));
  }
  return [...found];
}

/** The longest modifier that is looked for, words. */
const MAX_WORDS = 4;

/** A modifier found in a text. */
export interface ModifierHit {
  /** Index in the list the index was made of. */
  modifier: number;
  /** Place of its first word in the segment. */
  start: number;
  length: number;
}

/** Finds known modifiers in a segment of words: at each place the longest, none overlapping. */
export interface ModifierIndex {
  find(segment: readonly string[]): ModifierHit[];
}

/** An index of modifiers given as words; those of more than four words are left out. */
export function createModifierIndex(modifiers: readonly (readonly string[])[]): ModifierIndex {
  const byText = new Map<string, number>();
  const longest = new Map<string, number>();
  for (const [index, modifierWords] of modifiers.entries()) {
    const first = modifierWords[0];
    if (first === undefined || modifierWords.length > MAX_WORDS) continue;
    const key = modifierWords.join(' ');
    if (!byText.has(key)) byText.set(key, index);
    longest.set(first, Math.max(longest.get(first) ?? 0, modifierWords.length));
  }
  return {
    find(segment) {
      const hits: ModifierHit[] = [];
      for (let start = 0; start < segment.length;) {
        const limit = Math.min(longest.get(segment[start] ?? '') ?? 0, segment.length - start);
        let length = limit;
        let modifier: number | undefined;
        for (; length > 0; length -= 1) {
          modifier = byText.get(segment.slice(start, start + length).join(' '));
          if (modifier !== undefined) break;
        }
        if (modifier === undefined) start += 1;
        else {
          hits.push({ modifier, start, length });
          start += length;
        }
      }
      return hits;
    },
  };
}

/** The lists of a file in `data/words/`, in order; a line is a name, a colon and words. */
export function readWordLists<Name extends string = string>(file: string): [Name, string[]][] {
  const text = readFileSync(new URL(`../../../data/words/${file}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(': '))
    .map(([name = '', list = '']) => [name as Name, list.split(' ')]);
}
