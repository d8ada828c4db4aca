/** Words that carry no content in a description: articles, prepositions, conjunctions, and the words for a picture. */
const STOP_WORDS = new Set(
  (
    'a an the of in on at by to for from with without and or but nor as is are was were be been being it its ' +
    'this that these those there here his her their my your our he she they we you i into onto over under up ' +
    'down out off near very some any no not so than then while who which what whose him them me us ' +
    'photo photograph image picture'
  ).split(' '),
);

/** The text that was split last: the rules of a filter need the words of one text many times. */
let last: { text: string; words: readonly string[] } | undefined;

/** Lower-case runs of letters, digits and inner apostrophes or hyphens, in order. */
export function words(text: string): readonly string[] {
  if (last?.text === text) return last.words;
  const found = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
  last = { text, words: found };
  return found;
}

/** A word without the common English endings, so that "cats" equals "cat" and "running" equals "run". */
export function stem(word: string): string {
  const bare = word.replace(/['’]s$/, '');
  if (bare.length > 5 && bare.endsWith('ing')) return undouble(bare.slice(0, -3));
  if (bare.length > 4 && bare.endsWith('ies')) return `${bare.slice(0, -3)}y`;
  if (bare.length > 4 && bare.endsWith('ed')) return undouble(bare.slice(0, -2));
  if (bare.length > 4 && /(?:s|x|z|ch|sh)es$/.test(bare)) return bare.slice(0, -2);
  if (bare.length > 3 && bare.endsWith('s') && !bare.endsWith('ss')) return bare.slice(0, -1);
  return bare;
}

function undouble(text: string): string {
  return /([bdgmnprt])\1$/.test(text) ? text.slice(0, -1) : text;
}

/** True for words that carry no content. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** Stems of the words of a text that carry content, each once, in order of first use. */
export function contentWords(text: string): string[] {
  const content = words(text).filter((word) => !isStopWord(word));
  return [...new Set(content.map(stem))];
}

/**
 * Share of the content words of `x` that occur in `y`, 0 to 1; 1 when `x` has none.
 *
 * Source: ours, since dropped content is the best-documented failure of prompt rewriters.
 */
export function contentKept(x: string, y: string): number {
  const wanted = contentWords(x);
  if (wanted.length === 0) return 1;
  const found = new Set(words(y).map(stem));
  return wanted.filter((word) => found.has(word)).length / wanted.length;
}

/** One spelling for prompts: NFKC, single spaces, "8 k" as "8k", "sci - fi" as "sci-fi", no space before commas. */
export function normalisePrompt(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0000-\u001f\u007f\u200b-\u200f\ufeff]+/g, ' ')
    .replace(/\b(\d+) ?(k|d)\b/gi, '$1$2')
    .replace(/(?<=[\p{L}\p{N}]) - (?=[\p{L}\p{N}])/gu, '-')
    .replace(/\s+/g, ' ')
    .replace(/ +([,.;:!?])/g, '$1')
    .replace(/(,\s*)+,/g, ',')
    .replace(/^[\s,;.]+|[\s,;]+$/g, '');
}
