import { CopyDraw, uniform } from '../../text/random.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { countedTokens } from './pack-rows.js';
import type { TokenRow } from '../prompts/template.js';

/** What copying tasks are made of. */
export interface CopySource {
  /** Words to draw from. */
  words: readonly string[];
  /** What may follow the copied words: the modifiers of real prompts. */
  tails: readonly string[];
}

interface CopyOptions {
  tokenizer: Tokenizer;
  template: string;
  maxTokens: number;
  /** The row depends on these alone. */
  keys: readonly number[];
}

const between = (low: number, high: number, ...keys: number[]): number =>
  low + Math.floor(uniform(...keys) * (high - low + 1));

/** One of the items; `undefined` when there are none. */
const pick = <Item>(items: readonly Item[], ...keys: number[]): Item | undefined =>
  items[between(0, items.length - 1, ...keys)];

/** Words and modifiers of prompts, for {@link copiedWordsRow}. */
export function copySource(prompts: readonly string[]): CopySource {
  const words = new Set<string>();
  const tails: string[] = [];
  for (const prompt of prompts) {
    const comma = prompt.indexOf(',');
    if (comma > 0) tails.push(prompt.slice(comma));
    for (const word of prompt.split(/[\s,]+/)) if (/^\p{L}[\p{L}'-]+$/u.test(word)) words.add(word);
  }
  return { words: [...words].sort(), tails };
}

/**
 * Random words as the description and again as the target, then a real tail; the loss counts the copy alone.
 *
 * Random words cannot be guessed, so only copying lowers the loss. Words are shortened when none of the copy would be
 * within `maxTokens`.
 */
export function copiedWordsRow(source: CopySource, options: CopyOptions): TokenRow {
  const { tokenizer, keys } = options;
  const count = between(2, 9, ...keys, CopyDraw.count);
  const text = Array.from({ length: count }, (_, index) =>
    pick(source.words, ...keys, CopyDraw.piece, index),
  ).join(' ');
  const tail = pick(source.tails, ...keys, CopyDraw.tail) ?? '';
  const [before, after] = templateIds(options);
  return shortenedRow(Array.from(text), (characters) => {
    const copied = characters.join('');
    const space = options.template.startsWith('{x}') ? '' : ' ';
    const description = tokenizer.encode(`${space}${copied}`);
    return copyRow([...before, ...description, ...after], {
      copy: tokenizer.encode(` ${copied}`),
      tail: [...tokenizer.encode(tail), tokenizer.endId],
      maxTokens: options.maxTokens,
    });
  });
}

/** Random token ids as the description and again as the target, fewer where `maxTokens` is small; the loss counts the copy alone. */
export function copiedTokensRow(options: CopyOptions & { firstId: number }): TokenRow {
  const { tokenizer, keys } = options;
  const count = between(3, 14, ...keys, CopyDraw.count);
  const copy = Array.from({ length: count }, (_, index) =>
    between(options.firstId, tokenizer.vocabularySize - 1, ...keys, CopyDraw.piece, index),
  );
  const [before, after] = templateIds(options);
  return shortenedRow(copy, (copied) =>
    copyRow([...before, ...copied, ...after], {
      copy: copied,
      tail: [tokenizer.endId],
      maxTokens: options.maxTokens,
    }),
  );
}

/** Ids before and after the description; the space before it belongs to the description's first word. */
function templateIds({ tokenizer, template }: CopyOptions): [number[], number[]] {
  const [before = '', after = ''] = template.split('{x}');
  return [tokenizer.encode(before.replace(/ $/, '')), tokenizer.encode(after)];
}

/** The row that copies all pieces, or the first half, quarter and so on of them until some of the copy counts. */
function shortenedRow<Piece>(pieces: Piece[], rowOf: (copied: Piece[]) => TokenRow): TokenRow {
  const row = rowOf(pieces);
  if (pieces.length <= 1 || countedTokens([row]) > 0) return row;
  return shortenedRow(pieces.slice(0, Math.ceil(pieces.length / 2)), rowOf);
}

function copyRow(
  prompt: number[],
  parts: { copy: number[]; tail: number[]; maxTokens: number },
): TokenRow {
  const ids = [...prompt, ...parts.copy, ...parts.tail].slice(0, parts.maxTokens);
  const end = prompt.length + parts.copy.length;
  return { ids, counted: ids.map((_, index) => (index >= prompt.length && index < end ? 1 : 0)) };
}
