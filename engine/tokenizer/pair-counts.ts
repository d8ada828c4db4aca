import TinyQueue from 'tinyqueue';

/** Two neighbouring tokens and how often they stand side by side. */
export interface CountedPair {
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
export class PairCounts {
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
