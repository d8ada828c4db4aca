import { isStopWord, normalisePrompt, words } from '../../text/words.js';
import type { ModifierIndex } from './scorer/modifier-index.js';

const MAX_CLAUSE_WORDS = 12;

/**
 * What a prompt shows: its first segment that says more than modifiers, cut at "by", "in the style of" and at 12 words.
 */
export function subjectClause(prompt: string, index: ModifierIndex): string {
  const segments = normalisePrompt(prompt)
    .toLowerCase()
    .split(/[,;|]+|[.!?:]+(?=\s|$)/)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '');
  let short: string | undefined;
  for (const segment of segments) {
    const clause = cutClause(segment, index);
    const count = contentCount(clause);
    if (count >= 2) return clause;
    if (count > 0) short ??= clause;
  }
  return short ?? (segments[0] ?? '').split(' ').slice(0, MAX_CLAUSE_WORDS).join(' ');
}

function contentCount(clause: string): number {
  return words(clause).filter((word) => !isStopWord(word)).length;
}

function cutClause(segment: string, index: ModifierIndex): string {
  const clause =
    segment.split(
      /\s+(?:(?:art|painted|drawn|made|rendered|designed) )?by\s|\s+in (?:the )?style (?:of|by)\b/,
    )[0] ?? '';
  const tokens = clause.split(' ').slice(0, MAX_CLAUSE_WORDS);
  // Modifiers at the end belong to the tail even where the comma is missing, but not behind "in the".
  for (;;) {
    const bare = tokens.map((token) => words(token)[0] ?? '');
    const last = index.find(bare).at(-1);
    const isTail = last !== undefined && last.start + last.length === bare.length;
    if (isTail && !isStopWord(bare[last.start - 1] ?? '')) tokens.length = last.start;
    else if (tokens.length > 0 && isStopWord(bare.at(-1) ?? '')) tokens.pop();
    else return tokens.join(' ');
  }
}
