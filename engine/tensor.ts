import * as tf from '@tensorflow/tfjs-node-gpu';

/** The tensor library, imported here and in `graph/` only. */
export { tf };
export type {
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Scalar,
} from '@tensorflow/tfjs-node-gpu';

/** A tensor had another shape than its use demands. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/**
 * Ensures that a tensor has this shape; -1 stands for any size.
 *
 * @throws ShapeError naming the tensor, the shape wanted and the shape found.
 */
export function assertShape(name: string, tensor: tf.Tensor, shape: readonly number[]): void {
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((size, axis) => size === -1 || size === tensor.shape[axis]);
  if (!fits) {
    throw new ShapeError(
      `${name}: expected shape [${shape.join(', ')}], found [${tensor.shape.join(', ')}]`,
    );
  }
}
