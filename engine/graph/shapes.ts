/** What each TensorFlow operation makes of its input shapes: enough for our models, their gradients and optimisers. */
import { DataType } from './binding.js';
import * as rules from './shape-rules.js';
import type { AbstractTensor, Attributes, Rule } from './shape-rules.js';

const { at, known, knownAxis, same, shaped } = rules;

/** A matrix's own shape, and twice one number for each of its rows (axis 0) or columns (axis 1). */
const withTwoMore = ({ shape, dtype }: AbstractTensor, axis: 0 | 1): ReturnType<Rule> =>
  [shape, [shape[axis]!], [shape[axis]!]].map((size) => ({ shape: size, dtype }));

const RULES: Record<string, Rule> = {
  BatchMatMulV2: rules.matMul,
  MatMul: rules.matMul,
  Reshape: rules.reshape,
  GatherV2: rules.gather,
  ConcatV2: rules.concat,
  SplitV: rules.splitSizes,
  Unpack: rules.unpack,
  Pack: rules.pack,
  Slice: rules.slice,
  PadV2: rules.pad,
  Cast: (inputs, attributes) => rules.withType(Number(attributes['DstT']))(inputs, attributes, 1),
  Fill: (inputs) => [{ shape: known(inputs, 0), dtype: at(inputs, 1).dtype }],
  Transpose: shaped((shape, inputs) => known(inputs, 1).map((axis) => shape[axis]!)),
  Tile: shaped((shape, inputs) => shape.map((size, axis) => size * known(inputs, 1)[axis]!)),
  BroadcastTo: shaped((_, inputs) => known(inputs, 1)),
  ExpandDims: shaped((shape, inputs) => {
    const axis = knownAxis(inputs, 1, shape.length + 1);
    return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  }),
  Range: shaped((_, inputs) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => known(inputs, index)[0]!);
    return [Math.max(0, Math.ceil((limit! - start!) / delta!))];
  }),
  OneHot: (inputs) => [
    { shape: [...at(inputs, 0).shape, known(inputs, 1)[0]!], dtype: at(inputs, 2).dtype },
  ],
  UnsortedSegmentSum: shaped((shape, inputs) => [
    known(inputs, 2)[0]!,
    ...shape.slice(at(inputs, 1).shape.length),
  ]),
  TensorScatterUpdate: same,
  SparseSoftmaxCrossEntropyWithLogits: (inputs) => {
    const { shape, dtype } = at(inputs, 0);
    return [at(inputs, 1).shape, shape].map((size) => ({ shape: size, dtype }));
  },
  TopKV2: (inputs) => {
    const shape = [...at(inputs, 0).shape.slice(0, -1), known(inputs, 1)[0]!];
    return [at(inputs, 0).dtype, DataType.int32].map((dtype) => ({ shape, dtype }));
  },
  ArgMax: (inputs) => {
    const { shape } = at(inputs, 0);
    const axis = knownAxis(inputs, 1, shape.length);
    return [{ shape: shape.filter((_, index) => index !== axis), dtype: DataType.int32 }];
  },
  Select: (inputs) => same(inputs.slice(1), {}, 1),
  SelectV2: (inputs) => {
    const { dtype } = at(inputs, 1);
    const shapes = [0, 1, 2].map((index) => at(inputs, index).shape);
    return [
      { shape: shapes.reduceRight((all, shape) => rules.broadcastShapes(shape, all)), dtype },
    ];
  },
  BurnishLinearColumns: shaped(([rows], inputs) => [rows!, at(inputs, 1).shape[1]!]),
  BurnishNormColumns: same,
  BurnishGelu: same,
  BurnishAttentionSoftmax: same,
  BurnishAttentionSoftmaxGradient: same,
  BurnishGeluGradient: same,
  BurnishLayerNorm: (inputs) => withTwoMore(at(inputs, 0), 0),
  BurnishLayerNormGradient: (inputs) => withTwoMore(at(inputs, 1), 1),
  BurnishCrossEntropy: (inputs) => withTwoMore(at(inputs, 0), 0).slice(1),
  BurnishCrossEntropyGradient: (inputs) => same(inputs.slice(1), {}, 1),
  AddN: same,
  Cumsum: same,
  IsNan: rules.withType(DataType.bool),
  IsFinite: rules.withType(DataType.bool),
  LogicalNot: rules.withType(DataType.bool),
};

/** Gives many operations one rule. */
function setRule(operations: string, rule: Rule): void {
  for (const operation of operations.split(' ')) RULES[operation] = rule;
}
setRule(
  'Exp Log Neg Sqrt Rsqrt Square Tanh Sigmoid Softmax LogSoftmax ZerosLike OnesLike Abs Identity Relu Erf Sign Floor StopGradient',
  same,
);
setRule(
  'Add AddV2 Sub Mul RealDiv Div DivNoNan Maximum Minimum Pow SquaredDifference FloorDiv FloorMod LogicalAnd LogicalOr',
  rules.broadcast,
);
setRule('Equal NotEqual Greater GreaterEqual Less LessEqual', rules.compare);
setRule('Sum Mean Max Min Prod All Any', rules.reduce);

/**
 * Output shapes and types of one operation.
 *
 * @throws Error if there is no rule for the operation, or a shape depends on a computed value.
 */
export function inferOutputs(
  op: string,
  inputs: AbstractTensor[],
  options: { attributes: Attributes; outputCount: number },
): { shape: number[]; dtype: number }[] {
  const rule = RULES[op];
  if (!rule)
    throw new Error(
      `operation ${op} cannot be recorded: add its shape rule to engine/graph/shapes.ts`,
    );
  try {
    return rule(inputs, options.attributes, options.outputCount);
  } catch (error) {
    const shapes = inputs.map((input) => `[${input.shape.join()}]`).join(' ');
    throw new Error(`operation ${op} on ${shapes}: ${(error as Error).message}`, { cause: error });
  }
}
