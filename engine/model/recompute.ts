import { tf, type Tensor } from '../tensor.js';
import type { Weights } from './lora.js';

type Saver = (tensors: Tensor[]) => void;

/**
 * The value of `run(weights, x, bias)`, whose inner results are not kept: the backward pass computes them again from x.
 *
 * `prefix` begins the names of all weights that `run` reads; `bias` gets no gradient. Shapes: x and the result are alike.
 * Source: Chen et al. 2016, arXiv:1604.06174; torch.utils.checkpoint.
 */
export function recomputed(
  run: (weights: Weights, x: Tensor, bias: Tensor) => Tensor,
  input: { x: Tensor; bias: Tensor },
  { weights, prefix }: { weights: Weights; prefix: string },
): Tensor {
  const trained = new Map(
    (weights.trained ?? [])
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name, weights(name)]),
  );
  const reading = (frozen: (name: string) => Tensor): Weights =>
    Object.assign((name: string) => trained.get(name) ?? frozen(name), {
      ...(weights.adapterScale ? { adapterScale: weights.adapterScale } : {}),
    });
  const forward = tf.customGrad((...inputs: unknown[]) => {
    const save = inputs.at(-1) as Saver;
    const [x] = inputs as [Tensor];
    const frozen = new Map<string, Tensor>();
    const value = run(
      reading((name) => {
        const weight = weights(name);
        frozen.set(name, weight);
        return weight;
      }),
      x,
      input.bias,
    );
    save([x, input.bias, ...frozen.values()]);
    const place = new Map([...frozen.keys()].map((name, index) => [name, index]));
    return {
      value,
      gradFunc: (dy: Tensor, [savedX, savedBias, ...saved]: Tensor[]) => {
        const again = afterGradient(savedX!, dy);
        const lookUp = reading((name) => saved[place.get(name)!]!);
        return gradientsInside(
          () => run(lookUp, again, savedBias!),
          [again, ...trained.values()],
          dy,
        );
      },
    };
  });
  return forward(input.x, ...trained.values());
}

/**
 * The same values, known only once the gradient is: else TensorFlow would find the same operations done in the forward
 * pass, and keep their results.
 */
function afterGradient(x: Tensor, dy: Tensor): Tensor {
  const first = dy
    .slice(
      dy.shape.map(() => 0),
      dy.shape.map(() => 1),
    )
    .reshape([]);
  return tf.engine().runKernel('Select', { condition: tf.greater(first, 0), t: x, e: x });
}

/** Gradients while others are being taken; the tape of the outer ones is put back. */
function gradientsInside(run: () => Tensor, inputs: Tensor[], dy: Tensor): Tensor[] {
  const { state } = tf.engine() as unknown as { state: { activeTape: unknown } };
  const outer = state.activeTape;
  try {
    return tf.engine().gradients(run, inputs, dy).grads;
  } finally {
    state.activeTape = outer;
  }
}
