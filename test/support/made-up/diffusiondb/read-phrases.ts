import { readBundledPrompts } from '../../../../providers/simulator/knowledge.js';
import { modifierSegments } from '../../../../text/modifiers.js';
import { isStopWord, words } from '../../../../text/words.js';

/** What made-up prompts are put together from. */
export interface Phrases {
  /** What a picture shows: "a robot", "an ancient tribesman". */
  heads: string[];
  /** Where, with what, doing what: "in an empty wheat field". */
  tails: string[];
  /** The modifiers of each prompt that has at least three, in its order. */
  runs: string[][];
}

/** Words that begin the second half of a subject clause. */
const TAIL_WORD =
  /^(?:in|on|at|with|under|near|over|inside|behind|between|wearing|holding|riding|sitting|standing|walking|flying|eating|playing|fighting|floating|surrounded|made|during|against)$/;
const MAX_HEAD_WORDS = 5;
const MAX_TAIL_WORDS = 6;

/** Heads, tails and modifiers of the bundled prompts, each once, in the order of the rows; plain letters only. */
export function readPhrases(): Phrases {
  const heads = new Set<string>();
  const tails = new Set<string>();
  const runs: string[][] = [];
  for (const { prompt } of [...readBundledPrompts('train'), ...readBundledPrompts('held-out')]) {
    const clause = (prompt.split(/[,.;:]/)[0] ?? '').split(/ by | in the style of /)[0]!.trim();
    if (isPlain(clause)) {
      const tokens = clause.split(' ');
      const cut = tokens.findIndex((token, place) => place > 0 && TAIL_WORD.test(token));
      const head = trimStopWords(cut === -1 ? tokens : tokens.slice(0, cut));
      if (says(head, 1, MAX_HEAD_WORDS)) heads.add(head.join(' '));
      const tail = cut === -1 ? [] : trimStopWords(tokens.slice(cut));
      if (says(tail, 2, MAX_TAIL_WORDS)) tails.add(tail.join(' '));
    }
    const modifiers = modifierSegments(prompt).filter(isPlain);
    if (modifiers.length >= 3) runs.push(modifiers);
  }
  return { heads: [...heads], tails: [...tails], runs };
}

function isPlain(text: string): boolean {
  return /^[a-z0-9][a-z0-9 '-]*$/.test(text);
}

function says(tokens: string[], fewest: number, most: number): boolean {
  const content = tokens.filter((token) => words(token).length > 0 && !isStopWord(token));
  return content.length >= fewest && tokens.length <= most;
}

function trimStopWords(tokens: string[]): string[] {
  const kept = [...tokens];
  while (kept.length > 0 && isStopWord(kept.at(-1)!)) kept.pop();
  return kept;
}
