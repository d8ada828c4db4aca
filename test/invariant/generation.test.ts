import { describe, expect, it } from 'vitest';
import { computeSchema } from '../../recipe/sections/optimiser.js';
import { compileProgram } from '../../engine/graph/compile.js';
import { runEagerly } from '../support/run-eagerly.js';
import { sizeOf, type Program, type Session } from '../../engine/graph/program.js';
import { bloomShapes, bloomTrunk, languageHead } from '../../engine/model/bloom.js';
import { decodingProgram } from '../../engine/model/decoding.js';
import type { DecodingShape } from '../../engine/model/decoding-state.js';
import { generateTokens } from '../../engine/model/generator.js';
import { initialWeights } from '../../engine/model/initial-weights.js';
import { splitVariables, splitWeights, FROZEN } from '../../engine/model/trainable-split.js';
import { normal, uniform } from '../../text/random.js';
import { makeFolder } from '../support/folders.js';
import { tinyConfig } from '../support/made-up/tiny-model.js';

const shapes = bloomShapes(tinyConfig);
const weightVariables = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, { shape, group: 'policy' }]),
);
// Larger weights than at the start of training, so that the distributions are far from flat.
const weights = Object.fromEntries(
  Object.entries(initialWeights(tinyConfig, 9)).map(([name, values]) => [
    name,
    name.includes('norm') || name.includes('ln_f')
      ? values
      : Float32Array.from(values, (value) => value * 6),
  ]),
);
const prompts = [
  [10, 20, 30, 40, 50],
  [7, 8],
  [100, 90, 80, 70, 60, 50, 40],
];
const base: DecodingShape = {
  greedy: true,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  batchSize: 3,
  promptTokens: 8,
  maxNewTokens: 10,
};

/** With the operations of engine/kernels; without; operation by operation. */
type Mode = 'kernels' | 'compiled' | 'eager';

/** Adapters of every matrix, far from zero. */
const adapted = splitWeights(
  tinyConfig,
  {
    trainTopBlocks: null,
    lora: {
      rank: 3,
      alpha: 6,
      targetModules: ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'],
    },
  },
  {},
);

async function open(
  shape: DecodingShape,
  mode: Mode = 'kernels',
  adapters = false,
): Promise<Session> {
  const split = adapters ? adapted : undefined;
  const decoding = decodingProgram({ config: tinyConfig, shape, split });
  const program: Program = {
    ...decoding,
    variables: {
      ...decoding.variables,
      ...(split ? splitVariables(split, 'adapters') : weightVariables),
    },
  };
  const session =
    mode === 'eager'
      ? runEagerly(program)
      : compileProgram(
          program,
          await makeFolder(),
          computeSchema.parse({ kernels: mode === 'kernels' }),
        );
  session.write(adapters ? FROZEN : 'policy', weights);
  if (adapters)
    session.write(
      'adapters',
      Object.fromEntries(
        Object.entries(adapted.trained).map(([name, size], key) => [
          name,
          Float32Array.from({ length: sizeOf(size) }, (_, index) => 0.3 * normal(3, key, index)),
        ]),
      ),
    );
  return session;
}

async function generate(
  shape: DecodingShape,
  options: {
    prompts?: number[][];
    rowKeys?: number[];
    temperature?: number;
    mode?: Mode;
    adapters?: boolean;
    endId?: number;
  } = {},
): Promise<number[][]> {
  const session = await open(shape, options.mode, options.adapters);
  const list = options.prompts ?? prompts;
  try {
    return generateTokens(session, shape, {
      prompts: list,
      rowKeys: options.rowKeys ?? list.map((_, index) => index),
      seed: 4,
      temperature: options.temperature ?? 0,
      endId: options.endId ?? 2,
      padId: 3,
      vocabularySize: tinyConfig.vocab_size,
    });
  } finally {
    session.dispose();
  }
}

/** Next-token logits by a full forward of the unpadded row: no cache, no padding. */
async function fullForward(): Promise<(ids: number[]) => Float32Array> {
  const sessions = new Map<number, Session>();
  const cache = await makeFolder();
  return (ids) => {
    const length = ids.length;
    let session = sessions.get(length);
    if (!session) {
      const program: Program = {
        variables: weightVariables,
        signatures: {
          logits: {
            feeds: {
              ids: { shape: [1, length], dtype: 'int32' },
              mask: { shape: [1, length], dtype: 'float32' },
            },
            body: (scope) => ({
              logits: languageHead(
                (name) => scope.variable(name),
                bloomTrunk((name) => scope.variable(name), tinyConfig, {
                  ids: scope.feed('ids'),
                  mask: scope.feed('mask'),
                }),
              ),
            }),
          },
        },
      };
      session = compileProgram(program, cache);
      session.write('policy', weights);
      sessions.set(length, session);
    }
    const all = session.run('logits', {
      ids: Int32Array.from(ids),
      mask: new Float32Array(length).fill(1),
    })['logits']!;
    return Float32Array.from(all.slice(-tinyConfig.vocab_size));
  };
}

const argMax = (values: Float32Array): number =>
  values.indexOf(values.reduce((a, b) => Math.max(a, b)));

describe('generation with a key/value cache', () => {
  it('writes greedily what a full forward of each unpadded row would write', async () => {
    const forward = await fullForward();
    const texts = await generate(base);
    for (const [row, text] of texts.entries()) {
      const ids = [...prompts[row]!];
      for (const token of text) {
        expect(token).toBe(argMax(forward(ids)));
        ids.push(token);
      }
    }
    expect(new Set(texts.flat()).size).toBeGreaterThan(2);
  });

  it('draws by inverting the cumulative distribution of the full forward at the number of (seed, row, position)', async () => {
    const forward = await fullForward();
    const texts = await generate({ ...base, greedy: false }, { temperature: 0.7 });
    for (const [row, text] of texts.entries()) {
      const ids = [...prompts[row]!];
      for (const [position, token] of text.entries()) {
        const logits = forward(ids).map((value) => value / 0.7);
        const top = Math.max(...logits);
        const masses = logits.map((value) => Math.exp(value - top));
        const wanted = uniform(4, row, position) * masses.reduce((sum, mass) => sum + mass, 0);
        let cumulative = 0;
        const place = masses.findIndex((mass) => (cumulative += mass) > wanted);
        expect(token).toBe(place);
        ids.push(token);
      }
    }
  });

  it('gives a row the same text whatever else is in its batch', async () => {
    const sampled = { ...base, greedy: false };
    const together = await generate(sampled, { temperature: 1 });
    const alone = await generate(
      { ...sampled, batchSize: 1 },
      { prompts: [prompts[1]!], rowKeys: [1], temperature: 1 },
    );
    const reversed = await generate(sampled, {
      prompts: [...prompts].reverse(),
      rowKeys: [2, 1, 0],
      temperature: 1,
    });
    expect(alone[0]).toEqual(together[1]);
    expect(reversed.reverse()).toEqual(together);
  });

  it('gives the same texts in batches of any size, in any order, with rows that leave early and without', async () => {
    const many = Array.from({ length: 21 }, (_, row) =>
      Array.from(
        { length: 1 + (row % 7) },
        (_, place) => 4 + (((row % 9) * 31 + place * 17) % 300),
      ),
    );
    const keys = many.map((_, row) => row);
    const sampled = {
      ...base,
      greedy: false,
      repetitionPenalty: 1.1,
      batchSize: 21,
      maxNewTokens: 40,
    };
    const options = { prompts: many, rowKeys: keys, temperature: 1.5 };
    // With an end that is never drawn no row leaves; the other runs must give the same up to their end.
    const whole = await generate(sampled, { ...options, endId: -1 });
    expect(whole.every((text) => text.length === 40)).toBe(true);
    const counts = new Map<number, number>();
    for (const token of whole.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
    const [endId] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
    const cut = whole.map((text) => {
      const end = text.indexOf(endId);
      return end < 0 ? text : text.slice(0, end + 1);
    });
    expect(new Set(cut.map((text) => text.length)).size).toBeGreaterThan(5);
    for (const batchSize of [1, 2, 8, 16, 21]) {
      expect(await generate({ ...sampled, batchSize }, { ...options, endId })).toEqual(cut);
    }
    const order = keys.toSorted((a, b) => uniform(1, a) - uniform(1, b));
    const shuffled = await generate(
      { ...sampled, batchSize: 8, promptTokens: 11 },
      { ...options, endId, prompts: order.map((row) => many[row]!), rowKeys: order },
    );
    expect(shuffled).toEqual(order.map((row) => cut[row]));
  });

  it('reads equal prompts once and gives each row what it would write alone', async () => {
    const shape = { ...base, greedy: false, batchSize: 12, maxNewTokens: 6 };
    const same = Array.from({ length: 12 }, (_, row) => prompts[row % 2]!);
    const texts = await generate(shape, { prompts: same, temperature: 1 });
    for (const row of [0, 1, 7, 10]) {
      const options = { prompts: [same[row]!], rowKeys: [row], temperature: 1 };
      expect((await generate({ ...shape, batchSize: 1 }, options))[0]).toEqual(texts[row]);
    }
    expect(new Set(texts.map(String)).size).toBeGreaterThan(6);
  });

  it.each([
    ['greedy', base, 0],
    ['top-k', { ...base, greedy: false, topK: 5 }, 1],
    ['top-p', { ...base, greedy: false, topP: 0.8 }, 1],
    ['repetition penalty', { ...base, repetitionPenalty: 1.5 }, 0],
  ] as const)(
    'writes the same with kernels, without, and eagerly: %s',
    async (_, shape, temperature) => {
      const eager = await generate(shape, { temperature, mode: 'eager' });
      expect(await generate(shape, { temperature, mode: 'compiled' })).toEqual(eager);
      expect(await generate(shape, { temperature, mode: 'kernels' })).toEqual(eager);
    },
  );

  it('writes the same with adapters on, with kernels and eagerly, and not what the base writes', async () => {
    const options = { temperature: 0, adapters: true };
    const texts = await generate(base, { ...options, mode: 'kernels' });
    expect(texts).toEqual(await generate(base, { ...options, mode: 'eager' }));
    expect(texts).not.toEqual(await generate(base, { temperature: 0 }));
  });

  it('draws only from the k likeliest tokens with top-k', async () => {
    const forward = await fullForward();
    const texts = await generate({ ...base, greedy: false, topK: 2 }, { temperature: 2 });
    for (const [row, text] of texts.entries()) {
      const ids = [...prompts[row]!];
      for (const token of text) {
        const logits = forward(ids);
        const second = [...logits].sort((a, b) => b - a)[1]!;
        expect(logits[token]!).toBeGreaterThanOrEqual(second);
        ids.push(token);
      }
    }
  });
});
