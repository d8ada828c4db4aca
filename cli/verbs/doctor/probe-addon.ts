import { loadKernels } from '../../../engine/graph/kernels.js';
import { tf } from '../../../engine/tensor.js';

/** Entry of a child process: loads the addon, computes 2 x 3 with it, and prints what it found as JSON. */
const product = tf.mul(tf.scalar(2), tf.scalar(3)).dataSync()[0];
const backend = tf.backend() as { binding?: { TF_Version?: string } };
process.stdout.write(
  `${JSON.stringify({ product, libtensorflow: backend.binding?.TF_Version ?? 'unknown', kernels: loadKernels() })}\n`,
);
