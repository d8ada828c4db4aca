import * as tf from '@tensorflow/tfjs-node-gpu';

/** The tensor library, imported here and in `graph/` only. */
export { tf };
export type { Tensor } from '@tensorflow/tfjs-node-gpu';
