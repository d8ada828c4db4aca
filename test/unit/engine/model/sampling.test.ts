import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { runEagerly } from '../../../support/run-eagerly.js';
import type { Program } from '../../../../engine/graph/program.js';
import { drawTokens } from '../../../../engine/model/next-token.js';
import { penaliseRepeats, sampleTokens } from '../../../../engine/model/sampling.js';
import type { SamplingShape } from '../../../../engine/model/sampling.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { tf } from '../../../../engine/tensor.js';
import type { Tensor } from '../../../../engine/tensor.js';
import { uniform } from '../../../../text/random.js';
import { makeFolder } from '../../../support/folders.js';

interface Draw {
  logits: Float32Array;
  numbers: number[];
  shape: SamplingShape;
  temperature?: number;
  penalty?: { seen: Int32Array; factor: number };
}

/** The plain operations, eagerly; and the operation of engine/kernels. */
const ways = ['plain', 'kernel'] as const;

/** One token for each number, all from the same logits. */
async function draw(
  way: (typeof ways)[number],
  { logits, numbers, shape, temperature = 1, penalty }: Draw,
): Promise<number[]> {
  const rows = numbers.length;
  const vocab = logits.length;
  const seen = penalty?.seen ?? new Int32Array(1);
  const repetitionPenalty = penalty?.factor ?? 1;
  const program: Program = {
    variables: { seen: { shape: [rows, seen.length], dtype: 'int32', group: 'seen' } },
    signatures: {
      draw: {
        feeds: {
          logits: { shape: [1, vocab], dtype: 'float32' },
          uniform: { shape: [rows], dtype: 'float32' },
          temperature: { shape: [], dtype: 'float32' },
        },
        body: (scope) => {
          const given: Tensor = scope.feed('logits').tile([rows, 1]);
          if (way === 'kernel') {
            const token = tf.fill([rows], seen[0]!, 'int32');
            const from = { seen: 'seen', token, place: tf.scalar(0, 'int32') };
            const options = { ...shape, repetitionPenalty };
            return { token: drawTokens(scope, { ...from, logits: given.transpose() }, options) };
          }
          const allowed = penaliseRepeats(given, scope.variable('seen'), repetitionPenalty);
          const from = { uniform: scope.feed('uniform'), temperature: scope.feed('temperature') };
          return { token: sampleTokens(allowed, from, shape) };
        },
      },
    },
  };
  const session =
    way === 'plain' ? runEagerly(program) : compileProgram(program, await makeFolder());
  try {
    session.write('seen', {
      seen: Int32Array.from(
        { length: rows * seen.length },
        (_, place) => seen[place % seen.length]!,
      ),
    });
    const { token } = session.run('draw', {
      logits,
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

describe.each([
  ['bloom-h4', 'plain'],
  ['bloom-h4', 'kernel'],
  ['bloom-h6', 'plain'],
  ['bloom-h6', 'kernel'],
] as const)('filters as transformers has them, %s, %s', (name, way) => {
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

  it('gives every kept token its part of [0, 1) after penalty, temperature, top-k and top-p', async () => {
    for (let row = 0; row < batch; row += 1) {
      const probabilities = Array.from(wanted.slice(row * vocab, (row + 1) * vocab));
      const kept = probabilities
        .map((mass, token) => [token, mass] as const)
        .filter(([, mass]) => mass > 0)
        .sort(([, a], [, b]) => b - a);
      expect(kept).toHaveLength(filter.kept[row]!);
      const places = ends(new Map(kept));
      const tokens = await draw(way, {
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

describe.each(ways)('drawing, %s', (way) => {
  const logits = (vocab: number, scale: number): Float32Array =>
    Float32Array.from({ length: vocab }, (_, token) => scale * (uniform(5, vocab, token) - 0.5));

  it.each([3, 64, 256, 257, 1000, 4096])(
    'gives each of %i tokens its own part of [0, 1), in the order of the vocabulary',
    async (vocab) => {
      const given = logits(vocab, 6);
      const places = ends(new Map(softmax(given).map((mass, token) => [token, mass])));
      const numbers = places.map(({ number }) => number);
      expect(await draw(way, { logits: given, numbers, shape: all })).toEqual(
        places.map(({ token }) => token),
      );
      expect(places.length).toBeGreaterThan(vocab);
    },
  );

  it('never draws a token without mass, at 0 and at what float32 rounds to 1', async () => {
    for (const vocab of [5, 300, 1000]) {
      const given = new Float32Array(vocab).fill(-1e30);
      given[2] = 1;
      given[vocab - 2] = 1;
      expect(await draw(way, { logits: given, numbers: [0, 0.25, 0.75, 1], shape: all })).toEqual([
        2,
        2,
        vocab - 2,
        vocab - 2,
      ]);
      const filtered = { greedy: false, topK: 4, topP: 0.9 };
      const tokens = await draw(way, { logits: given, numbers: [0, 1], shape: filtered });
      expect(tokens).toEqual([2, vocab - 2]);
    }
  });

  it('is greedy at the first of equal best tokens', async () => {
    const given = Float32Array.of(0, 3, -1, 3, 2);
    expect(
      await draw(way, { logits: given, numbers: [0.9], shape: { ...all, greedy: true } }),
    ).toEqual([1]);
  });

  it('keeps at least one token with the smallest top-p and top-k', async () => {
    const given = logits(500, 4);
    const best = given.indexOf(Math.max(...given));
    for (const shape of [
      { greedy: false, topK: 1, topP: 1 },
      { greedy: false, topK: 0, topP: 1e-6 },
    ])
      expect(await draw(way, { logits: given, numbers: [0, 0.5, 0.999], shape })).toEqual([
        best,
        best,
        best,
      ]);
  });

  it.each([0.3, 0.9, 0.999])(
    'gives each token that top-p %d keeps of all its own part of [0, 1)',
    async (topP) => {
      const given = logits(1000, 12);
      const order = softmax(given)
        .map((mass, token) => [token, mass] as const)
        .sort(([, a], [, b]) => b - a);
      let before = 0;
      const kept = order.filter(([, mass]) => (before += mass) - mass < topP);
      const whole = kept.reduce((sum, [, mass]) => sum + mass, 0);
      const places = ends(new Map(kept.map(([token, mass]) => [token, mass / whole])));
      const tokens = await draw(way, {
        logits: given,
        numbers: places.map(({ number }) => number),
        shape: { greedy: false, topK: 0, topP },
      });
      expect(tokens).toEqual(places.map(({ token }) => token));
      expect(kept.length).toBeLessThan(1000);
    },
  );

  it('takes a top-k beyond the vocabulary as all of it', async () => {
    const given = logits(40, 4);
    const order = softmax(given)
      .map((mass, token) => [token, mass] as const)
      .sort(([, a], [, b]) => b - a);
    const places = ends(new Map(order));
    const tokens = await draw(way, {
      logits: given,
      numbers: places.map(({ number }) => number),
      shape: { greedy: false, topK: 1000, topP: 1 },
    });
    expect(tokens).toEqual(places.map(({ token }) => token));
  });
});

describe('the draw of engine/kernels', () => {
  const given = Float32Array.from({ length: 300 }, (_, token) => 4 * uniform(5, token));

  it.each([all, { ...all, greedy: true }, { ...all, topK: 5 }])(
    'fails for logits that are no numbers: %j',
    async (shape) => {
      const logits = given.with(299, NaN);
      await expect(draw('kernel', { logits, numbers: [0.5], shape })).rejects.toThrow(
        /logits are no numbers/,
      );
    },
  );

  it('fails for a token seen that is none', async () => {
    const penalty = { seen: Int32Array.of(3, 300), factor: 1.2 };
    await expect(
      draw('kernel', { logits: given, numbers: [0.5], shape: all, penalty }),
    ).rejects.toThrow(/a token seen is outside the vocabulary/);
  });
});
