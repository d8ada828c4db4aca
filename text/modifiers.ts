import { words } from './words.js';

/** A comma segment of more words is part of the description rather than a modifier. */
const MAX_MODIFIER_WORDS = 4;

/** Comma segments of a prompt after the first that are short enough to be modifiers, trimmed, in order. */
export function modifierSegments(prompt: string): string[] {
  return prompt
    .split(',')
    .slice(1)
    .map((segment) => segment.trim())
    .filter((segment) => {
      const count = words(segment).length;
      return count >= 1 && count <= MAX_MODIFIER_WORDS;
    });
}
