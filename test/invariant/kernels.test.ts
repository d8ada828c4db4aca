import { describe, expect, it } from 'vitest';
import { computeSchema } from '../../recipe/sections/optimiser.js';
import { linearColumns, normColumns } from '../../engine/graph/kernel-operations.js';
import { compileProgram } from '../../engine/graph/compile.js';
import { kernelsInUse } from '../../engine/graph/binding.js';
import {
  attentionSoftmax,
  gelu,
  layerNorm,
  sparseCrossEntropy,
} from '../../engine/graph/operations.js';
import type { FeedSpec, Values } from '../../engine/graph/program.js';
import { sizeOf } from '../../engine/graph/program.js';
import { tf } from '../../engine/tensor.js';
import type { Tensor } from '../../engine/tensor.js';
import { normal } from '../../text/random.js';
import {
  crossEntropyInDoubles,
  geluInDoubles,
  layerNormInDoubles,
  softmaxInDoubles,
} from './double-precision.js';
import type { Reference } from './double-precision.js';
import { makeFolder } from '../support/folders.js';

type Inputs = Record<string, Tensor>;

/** What a function of fed tensors gives, compiled with or without the operations of engine/kernels. */
async function compute(
  kernels: boolean,
  values: Record<string, { shape: number[]; data: Float32Array | Int32Array }>,
  body: (inputs: Inputs) => Inputs,
): Promise<Values> {
  const feeds: Record<string, FeedSpec> = Object.fromEntries(
    Object.entries(values).map(([name, { shape, data }]) => [
      name,
      { shape, dtype: data instanceof Int32Array ? 'int32' : 'float32' },
    ]),
  );
  const names = Object.keys(values);
  const program = {
    variables: { unused: { shape: [1], group: 'unused' } },
    signatures: {
      run: {
        feeds,
        body: (scope: { feed: (name: string) => Tensor }) => {
          expect(kernelsInUse()).toBe(kernels);
          return body(Object.fromEntries(names.map((name) => [name, scope.feed(name)])));
        },
      },
    },
  };
  const session = compileProgram(program, await makeFolder(), computeSchema.parse({ kernels }));
  try {
    return session.run(
      'run',
      Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data])),
    );
  } finally {
    session.dispose();
  }
}

/** Normal numbers of a shape, times `scale`. */
const numbers = (shape: number[], key: number, scale = 1) => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, index) => scale * normal(11, key, index)),
});

/** A function's value, and the gradient of its product with fixed numbers by each input. */
const withGradients =
  (names: string[], run: (...inputs: Tensor[]) => Tensor) =>
  (inputs: Inputs): Inputs => {
    const { grads } = tf.valueAndGrads((...chosen: Tensor[]) =>
      run(...chosen)
        .mul(inputs['rise']!)
        .sum(),
    )(names.map((name) => inputs[name]!));
    const y = run(...names.map((name) => inputs[name]!));
    return {
      y,
      ...Object.fromEntries(grads.map((grad, index) => [`d${names[index]!}`, grad])),
    };
  };

/** Each result's largest difference from the reference, over the reference's largest number. */
function expectClose(
  found: Values,
  wanted: Record<string, ArrayLike<number>>,
  tolerance: number,
): void {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    const scale = Math.max(...Array.from(values, Math.abs));
    expect(scale, name).toBeGreaterThan(0);
    Array.from(values).forEach((value, index) => {
      expect(Math.abs(found[name]![index]! - value) / scale, `${name}[${index}]`).toBeLessThan(
        tolerance,
      );
    });
  }
}

describe.each([
  [1, 5],
  [3, 16],
  [7, 21],
  [130, 37],
  [65, 128],
])('on %i rows of %i numbers', (rows, width) => {
  /** Both ways against double precision. */
  const check = async (
    values: Parameters<typeof compute>[1],
    body: (inputs: Inputs) => Inputs,
    reference: Reference,
  ): Promise<void> => {
    const wanted = reference(
      Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data])),
    );
    for (const kernels of [true, false])
      expectClose(await compute(kernels, values, body), wanted, 4e-6);
  };

  it('GELU and its gradient are what the formula gives, far from zero too', async () => {
    const values = { x: numbers([rows, width], 1, 6), rise: numbers([rows, width], 2) };
    await check(values, withGradients(['x'], gelu), geluInDoubles);
  });

  it('layer norm and its gradients are what the formula gives', async () => {
    const values = {
      x: numbers([rows, width], 1, 3),
      weight: numbers([width], 2),
      bias: numbers([width], 3),
      rise: numbers([rows, width], 4),
    };
    const body = withGradients(['x', 'weight', 'bias'], (x, weight, bias) =>
      layerNorm(x, { weight, bias, epsilon: 1e-5 }),
    );
    await check(values, body, layerNormInDoubles);
  });

  it('cross-entropy and its gradient are what the formula gives, also where a row does not count', async () => {
    const rise = numbers([rows], 2);
    if (rows > 1) rise.data[1] = 0;
    const labels = Int32Array.from({ length: rows }, (_, row) => (row * 31) % width);
    const values = {
      logits: numbers([rows, width], 1, 20),
      rise,
      labels: { shape: [rows], data: labels },
    };
    const body = (inputs: Inputs): Inputs =>
      withGradients(['logits'], (logits) => sparseCrossEntropy(logits, inputs['labels']!))(inputs);
    await check(values, body, crossEntropyInDoubles);
  });
});

it.each([1, 5])(
  'attention masses and their gradient are what the formula gives, with a bias of %i rows and masked keys',
  async (biasRows) => {
    const bias = numbers([1, biasRows, 21], 2);
    bias.data.fill(-1e9, 3, 6);
    const values = { scores: numbers([1, 5, 21], 1, 9), bias, rise: numbers([1, 5, 21], 3) };
    const body = (inputs: Inputs): Inputs =>
      withGradients(['scores'], (scores) => attentionSoftmax(scores, inputs['bias']!, 0.3))(inputs);
    const given = Object.fromEntries(
      Object.entries(values).map(([name, { data }]) => [name, data]),
    );
    const wanted = softmaxInDoubles(21, 0.3)(given);
    for (const kernels of [true, false])
      expectClose(await compute(kernels, values, body), wanted, 4e-6);
  },
);

describe.each([4, 8, 12, 16, 28])('over %i columns', (columns) => {
  it('give what the plain ones give, and each column what it gives beside any others', async () => {
    const values = {
      weight: numbers([19, 33], 1),
      x: numbers([33, columns], 2),
      bias: numbers([19], 3),
      added: numbers([19, columns], 4),
      scale: numbers([33], 5),
      shift: numbers([33], 6),
    };
    const byColumns = await compute(true, values, ({ weight, x, bias, added, scale, shift }) => ({
      linear: linearColumns(weight!, x!),
      all: linearColumns(weight!, x!, { bias: bias!, added: added!, gelu: true }),
      norm: normColumns(x!, { weight: scale!, bias: shift!, epsilon: 1e-5 }),
    }));
    const plain = await compute(false, values, ({ weight, x, bias, added, scale, shift }) => {
      const linear: Tensor = tf.matMul(weight!, x!);
      return {
        linear,
        all: gelu(linear.add(bias!.reshape([-1, 1])).add(added!)),
        norm: layerNorm(x!.transpose(), {
          weight: scale!,
          bias: shift!,
          epsilon: 1e-5,
        }).transpose(),
      };
    });
    expectClose(byColumns, plain, 5e-6);

    const first = numbers([33, 4], 2);
    for (let row = 0; row < 33; row += 1)
      for (let column = 0; column < 4; column += 1)
        first.data[row * 4 + column] = values.x.data[row * columns + columns - 4 + column]!;
    const alone = await compute(true, { ...values, x: first }, ({ weight, x }) => ({
      linear: linearColumns(weight!, x!),
    }));
    for (let row = 0; row < 19; row += 1)
      for (let column = 0; column < 4; column += 1)
        expect(alone['linear']![row * 4 + column]).toBe(
          byColumns['linear']![row * columns + columns - 4 + column],
        );
  });
});

describe('an operation of engine/kernels that is given what does not fit', () => {
  it.each([
    [
      'three columns',
      { weight: numbers([2, 4], 1), x: numbers([4, 3], 2) },
      /multiple of 4 columns/,
    ],
    ['other inputs', { weight: numbers([2, 5], 1), x: numbers([4, 4], 2) }, /expected weight/],
  ])('fails with what it expected: %s', async (_, values, message) => {
    await expect(
      compute(true, values, ({ weight, x }) => ({ y: linearColumns(weight!, x!) })),
    ).rejects.toThrow(message);
  });

  it('fails for a label outside the vocabulary', async () => {
    const values = {
      logits: numbers([2, 5], 1),
      labels: { shape: [2], data: Int32Array.of(1, 5) },
    };
    await expect(
      compute(true, values, ({ logits, labels }) => ({ y: sparseCrossEntropy(logits!, labels!) })),
    ).rejects.toThrow(/label is outside the vocabulary/);
  });
});
