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
