import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bloomSpecialTokens } from '../../../../engine/tokenizer/tokenizer-json.js';
import { BpeTrainingError, trainByteLevelBpe } from '../../../../engine/tokenizer/train-bpe.js';
import { permutation, randomBits } from '../../../../text/random.js';

const golden = JSON.parse(readFileSync('test/golden/tokenizer/expected.json', 'utf8')) as {
  vocabularySize: number;
  specialTokens: string[];
  vocabulary: string[];
  merges: string[];
};
const prompts = gunzipSync(readFileSync('data/diffusiondb-prompts.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { prompt: string }).prompt);

const train = (texts: Iterable<string>, vocabularySize: number) =>
  trainByteLevelBpe(texts, { vocabularySize, specialTokens: bloomSpecialTokens });

/** The definition, slowly: count all pairs anew before every merge. */
function mergesByDefinition(texts: string[], mergeCount: number): [string, string][] {
  const { vocab } = train([], 260).model;
  const ids = new Map(Object.entries(vocab));
  let words = texts
    .flatMap((text) => text.split(/(?= )/))
    .map((word) => Array.from(word.replace(' ', 'Ġ')));
  const merges: [string, string][] = [];
  while (merges.length < mergeCount) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i += 1) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([pair, count]) => {
        const [left, right] = pair.split(' ') as [string, string];
        return { left, right, count, order: [ids.get(left)!, ids.get(right)!] as const };
      })
      .sort((a, b) => b.count - a.count || a.order[0] - b.order[0] || a.order[1] - b.order[1]);
    if (!best || best.count < 2) break;
    const { left, right } = best;
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    merges.push([left, right]);
    words = words.map((word) => {
      const merged: string[] = [];
      for (let i = 0; i < word.length; i += 1) {
        const isPair = word[i] === left && word[i + 1] === right;
        merged.push(isPair ? left + right : word[i]!);
        if (isPair) i += 1;
      }
      return merged;
    });
  }
  return merges;
}

describe('trainByteLevelBpe', () => {
  it('learns the vocabulary and merges that Hugging Face tokenizers learns from the bundled prompts', () => {
    const { model } = trainByteLevelBpe(prompts, golden);
    expect(model.merges.map((merge) => merge.join(' '))).toEqual(golden.merges);
    const byId = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
    expect(byId.map(([token]) => token)).toEqual(golden.vocabulary);
    expect(byId.map(([, id]) => id)).toEqual(golden.vocabulary.map((_, id) => id));
  });

  it('gives the same bytes for the same texts in another order', () => {
    const some = prompts.slice(0, 500);
    const shuffled = permutation(some.length, 3).map((index) => some[index]!);
    expect(JSON.stringify(train(shuffled, 600))).toBe(JSON.stringify(train(some, 600)));
  });

  it('makes the merges of the definition on words full of repetitions and ties', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const texts = Array.from({ length: 12 }, (_, row) =>
        Array.from({ length: 24 }, (_, i) => 'aab c'[randomBits(seed, row, i) % 5])
          .join('')
          .replace(/ +/g, ' ')
          .trim(),
      );
      const expected = mergesByDefinition(texts, 40);
      const trained = train(texts, 260 + 40).model.merges.slice(0, expected.length);
      expect(trained).toEqual(expected.slice(0, trained.length));
      expect(trained.length).toBeGreaterThan(10);
    }
  });

  it('merges the most frequent pair first, and of equally frequent ones that with the smaller ids', () => {
    // "ab" three times, "cd" and "ba" twice each in words of their own.
    expect(
      train(
        ['cd', 'cd', 'ab', 'ab', 'ab', 'ba', 'ba'].map((word) => ` ${word}`),
        263,
      ).model.merges,
    ).toEqual([
      ['a', 'b'],
      ['Ġ', 'ab'],
      ['b', 'a'],
    ]);
  });

  it('stops when no pair occurs twice, with the whole alphabet and the special tokens', () => {
    const { model, added_tokens } = train(['abc'], 1000);
    expect(model.merges).toEqual([]);
    expect(Object.keys(model.vocab)).toHaveLength(260);
    expect(added_tokens.map(({ id, content }) => [id, content])).toEqual([
      [0, '<unk>'],
      [1, '<s>'],
      [2, '</s>'],
      [3, '<pad>'],
    ]);
  });

  it('never merges text into a special token, however often the text spells it', () => {
    const texts = Array<string>(9).fill('PAD PADDED');
    const { model } = trainByteLevelBpe(texts, { vocabularySize: 300, specialTokens: ['PAD'] });
    expect(model.vocab).toHaveProperty('ĠPADDED');
    expect(model.merges.map((merge) => merge.join(''))).not.toContain('PAD');
    expect(Object.keys(model.vocab)).toHaveLength(257 + model.merges.length);
  });

  it('keeps tokens that are spelled like properties of every object', () => {
    const { model } = train(Array<string>(9).fill('__proto__ constructor toString'), 300);
    expect(Object.keys(model.vocab)).toHaveLength(260 + model.merges.length);
  });

  it.each([
    [
      'too small a vocabulary',
      { vocabularySize: 259, specialTokens: bloomSpecialTokens },
      /at least 260 .*found 259/,
    ],
    [
      'a broken size',
      { vocabularySize: 300.5, specialTokens: [] },
      /whole number of at least 256.*found 300\.5/,
    ],
    [
      'a special token twice',
      { vocabularySize: 300, specialTokens: ['<s>', '<s>'] },
      /must differ/,
    ],
    [
      'a special token that is a byte',
      { vocabularySize: 300, specialTokens: ['a'] },
      /must differ/,
    ],
    ['an empty special token', { vocabularySize: 300, specialTokens: [''] }, /must differ/],
  ])('refuses %s', (_, options, message) => {
    expect(() => trainByteLevelBpe(['text'], options)).toThrow(message);
    expect(() => trainByteLevelBpe(['text'], options)).toThrow(BpeTrainingError);
  });
});
