/** Entry of a child process: loads the library of engine/kernels that is named, and prints what its operations give. */
import { execute } from '../../../engine/graph/binding.js';
import { nodeBackend } from '../../../engine/graph/binding.js';
import { tf } from '../../../engine/tensor.js';
import type { Tensor } from '../../../engine/tensor.js';
import { normal } from '../../../text/random.js';

const [, , library = ''] = process.argv;
const { TF_ATTR_BOOL, TF_ATTR_FLOAT } = nodeBackend().binding;
process.dlopen({ exports: {} }, library);

const numbers = (key: number, shape: number[], scale = 1): Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => scale * normal(key, at)),
    shape,
  );
const epsilon = { name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-5 };
const scale = { name: 'scale', type: TF_ATTR_FLOAT, value: 0.3 };
const gelu = { name: 'gelu', type: TF_ATTR_BOOL, value: true };
const x = numbers(1, [70, 37], 4);
const [weight, bias] = [numbers(2, [37]), numbers(3, [37])];
const labels = tf.tensor1d(
  Array.from({ length: 70 }, (_, row) => row % 37),
  'int32',
);
const [norm, mean, inverse] = execute('BurnishLayerNorm', [epsilon], [x, weight, bias]);
const [loss, whole] = execute('BurnishCrossEntropy', [], [x, labels]);
const results = [
  norm!,
  ...execute('BurnishLayerNormGradient', [], [x, x, weight, mean!, inverse!]),
  ...execute('BurnishGelu', [], [x]),
  ...execute('BurnishGeluGradient', [], [x, x]),
  loss!,
  ...execute('BurnishCrossEntropyGradient', [], [loss!, x, labels, whole!]),
  ...execute(
    'BurnishAttentionSoftmax',
    [scale],
    [numbers(4, [2, 5, 21], 9), numbers(5, [2, 1, 21])],
  ),
  ...execute(
    'BurnishLinearColumns',
    [gelu],
    [numbers(6, [19, 37]), numbers(7, [37, 28]), numbers(8, [19]), tf.tensor([], [0])],
  ),
  ...execute('BurnishNormColumns', [epsilon], [numbers(9, [37, 28]), weight, bias]),
];
process.stdout.write(JSON.stringify(results.map((result) => Array.from(result.dataSync()))));
