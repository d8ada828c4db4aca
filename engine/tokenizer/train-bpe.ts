import TinyQueue from 'tinyqueue';
import { listAlphabet, splitWords, toByteCharacters } from './byte-level.js';
import { buildTokenizerJson, type TokenizerJson } from './tokenizer-json.js';

export interface BpeTrainingOptions {
  /** Special tokens, 256 bytes and merged tokens together. */
  vocabularySize: number;
  /** Get the ids from 0 on, in this order. */
  specialTokens: readonly string[];
}

/** A vocabulary that cannot be trained as asked. */
export class BpeTrainingError extends Error {
  override name = 'BpeTrainingError';
}

/** A pair seen once teaches nothing; the usual minimum of byte-level trainers. */
const MIN_PAIR_COUNT = 2;

/**
 * A byte-level BPE trained on texts, as the content of a `tokenizer.json`.
 *
 * The most frequent pair of neighbouring tokens is merged, again and again; ties go to the pair with the smaller
 * ids, so neither the order of the texts nor of any map matters. The vocabulary stays smaller than asked when the
 * texts hold too few pairs that occur twice.
 * Source: Sennrich et al. 2016, arXiv:1508.07909, algorithm 1; bytes and word pattern of GPT-2; ids and ties as the
 * trainer of Hugging Face tokenizers.
 * @throws BpeTrainingError if the vocabulary has no room for special tokens and bytes, or a special token is given twice.
 */
export function trainByteLevelBpe(
  texts: Iterable<string>,
  { vocabularySize, specialTokens }: BpeTrainingOptions,
): TokenizerJson {
  const vocabulary = [...specialTokens, ...listAlphabet()];
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  if (ids.size !== vocabulary.length || specialTokens.includes('')) {
    throw new BpeTrainingError(
      `special tokens must differ from each other and from bytes: ${specialTokens.join(' ')}`,
    );
  }
  if (!Number.isInteger(vocabularySize) || vocabularySize < vocabulary.length) {
    throw new BpeTrainingError(
      `vocabularySize must be a whole number of at least ${vocabulary.length} ` +
        `(${specialTokens.length} special tokens and 256 bytes), found ${vocabularySize}`,
    );
  }
  const counts = new PairCounts(
    [...countWords(texts)].map(([word, count]) => ({
      symbols: toByteCharacters(word).map((character) => ids.get(character)!),
      count,
    })),
  );
  const special = new Set(specialTokens);
  const merges: [string, string][] = [];
  while (vocabulary.length < vocabularySize) {
    const pair = counts.mostFrequent();
    if (!pair || pair.count < MIN_PAIR_COUNT) break;
    const left = vocabulary[pair.left]!;
    const right = vocabulary[pair.right]!;
    // Each other token is spelled by one pair only; text must never become a special token.
    if (special.has(left + right)) continue;
    const id = vocabulary.push(left + right) - 1;
    merges.push([left, right]);
    counts.merge(pair, id);
  }
  return buildTokenizerJson({ vocabulary, specialTokens, merges });
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Two neighbouring tokens and how often they stand side by side. */
interface CountedPair {
  left: number;
  right: number;
  count: number;
}

interface Word {
  /** Token ids, shortened by each merge. */
  symbols: number[];
  count: number;
}

interface Occurrences {
  count: number;
  /** Words that hold the pair now, or held it once. */
  words: Set<number>;
}

/** Ids stay far below this: a pair is one number, left * PAIR_BASE + right, below 2^53. */
const PAIR_BASE = 2 ** 26;

/** Orders the most frequent pair first, and of equally frequent ones that with the smaller ids. */
function comparePairs(a: CountedPair, b: CountedPair): number {
  return b.count - a.count || a.left - b.left || a.right - b.right;
}

/** How often each pair of neighbouring tokens occurs in the words of a text, kept right while pairs are merged. */
class PairCounts {
  readonly #words: Word[];
  readonly #pairs = new Map<number, Occurrences>();
  readonly #queue = new TinyQueue<CountedPair>([], comparePairs);

  constructor(words: Word[]) {
    this.#words = words;
    const touched = new Set<number>();
    words.forEach((_, index) => {
      this.#count(index, { sign: 1, touched });
    });
    this.#enqueue(touched);
  }

  /** The most frequent pair, ties to the smaller ids; undefined when no pair is left. */
  mostFrequent(): CountedPair | undefined {
    for (;;) {
      const pair = this.#queue.pop();
      // An entry is stale when its count has changed since: the change put a new entry in.
      if (!pair || this.#pairs.get(pair.left * PAIR_BASE + pair.right)?.count === pair.count)
        return pair;
    }
  }

  /** Puts `merged` in the place of each occurrence of the pair, from left to right in every word. */
  merge({ left, right }: CountedPair, merged: number): void {
    const holders = this.#pairs.get(left * PAIR_BASE + right)?.words ?? [];
    const touched = new Set<number>();
    for (const index of holders) {
      this.#count(index, { sign: -1, touched });
      const word = this.#words[index]!;
      word.symbols = mergeSymbols(word.symbols, { left, right, merged });
      this.#count(index, { sign: 1, touched });
    }
    this.#pairs.delete(left * PAIR_BASE + right);
    this.#enqueue(touched);
  }

  #count(index: number, { sign, touched }: { sign: 1 | -1; touched: Set<number> }): void {
    const { symbols, count } = this.#words[index]!;
    for (let i = 0; i + 1 < symbols.length; i += 1) {
      const key = symbols[i]! * PAIR_BASE + symbols[i + 1]!;
      let pair = this.#pairs.get(key);
      if (!pair) this.#pairs.set(key, (pair = { count: 0, words: new Set() }));
      pair.count += sign * count;
      if (sign === 1) pair.words.add(index);
      touched.add(key);
    }
  }

  #enqueue(keys: Iterable<number>): void {
    for (const key of keys) {
      const count = this.#pairs.get(key)?.count ?? 0;
      const right = key % PAIR_BASE;
      if (count > 0) this.#queue.push({ left: (key - right) / PAIR_BASE, right, count });
      else this.#pairs.delete(key);
    }
  }
}

function mergeSymbols(
  symbols: readonly number[],
  { left, right, merged }: { left: number; right: number; merged: number },
): number[] {
  const result: number[] = [];
  for (let i = 0; i < symbols.length; i += 1) {
    const isPair = symbols[i] === left && symbols[i + 1] === right;
    result.push(isPair ? merged : symbols[i]!);
    if (isPair) i += 1;
  }
  return result;
}
