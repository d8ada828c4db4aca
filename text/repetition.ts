import { words } from './words.js';

/** The runs of `length` neighbouring words of a text, one from each word on that has enough after it. */
export function wordRuns(text: string, length: number): string[] {
  const all = words(text);
  return Array.from({ length: Math.max(0, all.length - length + 1) }, (_, start) =>
    all.slice(start, start + length).join(' '),
  );
}

/** Share of items that are equal to one before them, 0 to 1; 0 for none. */
export function shareOfRepeats(items: readonly string[]): number {
  return items.length === 0 ? 0 : 1 - new Set(items).size / items.length;
}
