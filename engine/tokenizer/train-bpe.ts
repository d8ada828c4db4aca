import { listAlphabet, splitWords, toByteCharacters } from './byte-level.js';
import { PairCounts } from './pair-counts.js';
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
