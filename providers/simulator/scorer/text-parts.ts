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
