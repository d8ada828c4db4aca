import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runEagerly } from '../../../../engine/graph/eager.js';
import { penaliseRepeats, sampleTokens } from '../../../../engine/model/sampling.js';
import type { SamplingShape } from '../../../../engine/model/sampling.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { uniform } from '../../../../text/random.js';

interface Draw {
  logits: Float32Array;
  numbers: number[];
  shape: SamplingShape;
  temperature?: number;
  penalty?: { seen: Int32Array; factor: number };
}

/** One token for each number, all from the same logits. */
function draw({ logits, numbers, shape, temperature = 1, penalty }: Draw): number[] {
  const batch = numbers.length;
  const vocab = logits.length;
  const seen = penalty?.seen ?? new Int32Array(1);
  const session = runEagerly({
    variables: {},
    signatures: {
      draw: {
        feeds: {
          logits: { shape: [1, vocab], dtype: 'float32' },
          seen: { shape: [1, seen.length], dtype: 'int32' },
          uniform: { shape: [batch], dtype: 'float32' },
          temperature: { shape: [], dtype: 'float32' },
        },
        body: (scope) => {
          const given = scope.feed('logits');
          const allowed = penalty
            ? penaliseRepeats(given, scope.feed('seen'), penalty.factor)
            : given;
          const from = { uniform: scope.feed('uniform'), temperature: scope.feed('temperature') };
          return { token: sampleTokens(allowed.tile([batch, 1]), from, shape) };
        },
      },
    },
  });
  try {
    const { token } = session.run('draw', {
      logits,
      seen,
      uniform: Float32Array.from(numbers),
      temperature: Float32Array.of(temperature),
    });
    return Array.from(token!);
  } finally {
    session.dispose();
  }
}

/** How far from a bound of the cumulative distribution a number must stay for float32 to be sure. */
const MARGIN = 1e-5;

/** For each token with mass, numbers just inside the two ends of its part of [0, 1), in the given order of tokens. */
function ends(masses: Map<number, number>): { token: number; number: number }[] {
  let begin = 0;
  return [...masses].flatMap(([token, mass]) => {
    const end = begin + mass;
    const inside = [begin + MARGIN, end - MARGIN].map((number) => ({ token, number }));
    begin = end;
    return mass > 2 * MARGIN ? inside : [];
  });
}

const all: SamplingShape = { greedy: false, topK: 0, topP: 1 };

function softmax(logits: ArrayLike<number>): number[] {
  const top = Math.max(...Array.from(logits));
  const masses = Array.from(logits, (value) => Math.exp(value - top));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

const filterSchema = z.object({
  filter: z.object({
    repetition_penalty: z.number(),
    temperature: z.number(),
    top_k: z.number(),
    top_p: z.number(),
    kept: z.array(z.number()),
  }),
});

describe.each(['bloom-h4', 'bloom-h6'])('filters as transformers has them, %s', (name) => {
  const folder = `test/golden/${name}`;
  const { filter } = filterSchema.parse(
    JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')),
  );
  const file = openSafetensors(`${folder}/expected.safetensors`);
  const [batch = 0, vocab = 0] = file.shapeOf('filter.in');
  const logits = file.read('filter.in') as Float32Array;
  const wanted = file.read('filter.probs');
  const ids = file.read('left.input_ids') as Int32Array;
  const length = ids.length / batch;

  it('gives every kept token its part of [0, 1) after penalty, temperature, top-k and top-p', () => {
    for (let row = 0; row < batch; row += 1) {
      const probabilities = Array.from(wanted.slice(row * vocab, (row + 1) * vocab));
      const kept = probabilities
        .map((mass, token) => [token, mass] as const)
        .filter(([, mass]) => mass > 0)
        .sort(([, a], [, b]) => b - a);
      expect(kept).toHaveLength(filter.kept[row]!);
      const places = ends(new Map(kept));
      const tokens = draw({
        logits: logits.slice(row * vocab, (row + 1) * vocab),
        numbers: places.map(({ number }) => number),
        shape: { greedy: false, topK: filter.top_k, topP: filter.top_p },
        temperature: filter.temperature,
        penalty: {
          seen: ids.slice(row * length, (row + 1) * length),
          factor: filter.repetition_penalty,
        },
      });
      expect(tokens).toEqual(places.map(({ token }) => token));
    }
  });
});

describe('sampleTokens', () => {
  const logits = (vocab: number, scale: number): Float32Array =>
    Float32Array.from({ length: vocab }, (_, token) => scale * (uniform(5, vocab, token) - 0.5));

  it.each([3, 64, 256, 257, 1000, 4096])(
    'gives each of %i tokens its own part of [0, 1), in the order of the vocabulary',
    (vocab) => {
      const given = logits(vocab, 6);
      const places = ends(new Map(softmax(given).map((mass, token) => [token, mass])));
      const numbers = places.map(({ number }) => number);
      expect(draw({ logits: given, numbers, shape: all })).toEqual(
        places.map(({ token }) => token),
      );
      expect(places.length).toBeGreaterThan(vocab);
    },
  );

  it('never draws a token without mass, at 0 and at what float32 rounds to 1', () => {
    for (const vocab of [5, 300, 1000]) {
      const given = new Float32Array(vocab).fill(-1e30);
      given[2] = 1;
      given[vocab - 2] = 1;
      expect(draw({ logits: given, numbers: [0, 0.25, 0.75, 1], shape: all })).toEqual([
        2,
        2,
        vocab - 2,
        vocab - 2,
      ]);
      const filtered = { greedy: false, topK: 4, topP: 0.9 };
      const tokens = draw({ logits: given, numbers: [0, 1], shape: filtered });
      expect(tokens).toEqual([2, vocab - 2]);
    }
  });

  it('is greedy at the first of equal best tokens', () => {
    const given = Float32Array.of(0, 3, -1, 3, 2);
    expect(draw({ logits: given, numbers: [0.9], shape: { ...all, greedy: true } })).toEqual([1]);
  });

  it('keeps at least one token with the smallest top-p and top-k', () => {
    const given = logits(500, 4);
    const best = given.indexOf(Math.max(...given));
    for (const shape of [
      { greedy: false, topK: 1, topP: 1 },
      { greedy: false, topK: 0, topP: 1e-6 },
    ])
      expect(draw({ logits: given, numbers: [0, 0.5, 0.999], shape })).toEqual([best, best, best]);
  });

  it('takes a top-k beyond the vocabulary as all of it', () => {
    const given = logits(40, 4);
    const order = softmax(given)
      .map((mass, token) => [token, mass] as const)
      .sort(([, a], [, b]) => b - a);
    const places = ends(new Map(order));
    const tokens = draw({
      logits: given,
      numbers: places.map(({ number }) => number),
      shape: { greedy: false, topK: 1000, topP: 1 },
    });
    expect(tokens).toEqual(places.map(({ token }) => token));
  });
});
