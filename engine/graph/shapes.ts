/** What each TensorFlow operation makes of its input shapes: enough for our models, their gradients and optimisers. */
import { DataType } from './binding.js';

export interface AbstractTensor {
  shape: number[];
  dtype: number;
  /** Known for constants: shapes, axes, permutations. */
  value?: ArrayLike<number> | undefined;
}

export type Attributes = Record<string, unknown>;
type Rule = (
  inputs: AbstractTensor[],
  attributes: Attributes,
  outputCount: number,
) => { shape: number[]; dtype: number }[];

const sizeOf = (shape: number[]): number => shape.reduce((product, size) => product * size, 1);
const at = (inputs: AbstractTensor[], index: number): AbstractTensor => {
  const input = inputs[index];
  if (!input) throw new Error(`input ${index} is missing`);
  return input;
};

function known(inputs: AbstractTensor[], index: number): number[] {
  const { value } = at(inputs, index);
  if (!value)
    throw new Error(
      `input ${index} must be a constant: shapes and axes cannot depend on computed values`,
    );
  return Array.from(value);
}

export function broadcastShapes(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`cannot broadcast [${a.join()}] with [${b.join()}]`);
    return left === 1 ? right : left;
  });
}

const same: Rule = (inputs) => [{ shape: at(inputs, 0).shape, dtype: at(inputs, 0).dtype }];
const broadcast: Rule = (inputs) => [
  {
    shape: inputs.reduce<number[]>((shape, input) => broadcastShapes(shape, input.shape), []),
    dtype: at(inputs, 0).dtype,
  },
];
const compare: Rule = (inputs, attributes, count) =>
  broadcast(inputs, attributes, count).map(({ shape }) => ({ shape, dtype: DataType.bool }));

const reduce: Rule = (inputs, attributes) => {
  const { shape, dtype } = at(inputs, 0);
  const axes = new Set(known(inputs, 1).map((axis) => (axis + shape.length) % shape.length));
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  return [
    { shape: attributes['keep_dims'] ? kept : shape.filter((_, axis) => !axes.has(axis)), dtype },
  ];
};

const reshape: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const wanted = known(inputs, 1);
  const rest = wanted.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  return [{ shape: wanted.map((size) => (size === -1 ? sizeOf(shape) / rest : size)), dtype }];
};

const matMul: Rule = (inputs, attributes) => {
  const a = at(inputs, 0);
  const b = at(inputs, 1);
  const rows = a.shape.at(attributes['adj_x'] ? -1 : -2) ?? 1;
  const columns = b.shape.at(attributes['adj_y'] ? -2 : -1) ?? 1;
  return [
    {
      shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns],
      dtype: a.dtype,
    },
  ];
};

const gather: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = known(inputs, 2)[0] ?? 0;
  return [
    { shape: [...shape.slice(0, axis), ...at(inputs, 1).shape, ...shape.slice(axis + 1)], dtype },
  ];
};

const concat: Rule = (inputs) => {
  const parts = inputs.slice(0, -1);
  const first = at(parts, 0);
  const axis = (known(inputs, inputs.length - 1)[0]! + first.shape.length) % first.shape.length;
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return [
    {
      shape: first.shape.map((size, index) => (index === axis ? total : size)),
      dtype: first.dtype,
    },
  ];
};

const splitSizes: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (known(inputs, 2)[0]! + shape.length) % shape.length;
  return known(inputs, 1).map((size) => ({
    shape: shape.map((old, index) => (index === axis ? size : old)),
    dtype,
  }));
};

const unpack: Rule = (inputs, attributes, count) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (Number(attributes['axis']) + shape.length) % shape.length;
  return Array.from({ length: count }, () => ({
    shape: shape.filter((_, index) => index !== axis),
    dtype,
  }));
};

const pack: Rule = (inputs, attributes) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (Number(attributes['axis']) + shape.length + 1) % (shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)], dtype }];
};

const slice: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const begin = known(inputs, 1);
  return [
    {
      shape: known(inputs, 2).map((size, axis) =>
        size === -1 ? shape[axis]! - begin[axis]! : size,
      ),
      dtype,
    },
  ];
};

const pad: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const paddings = known(inputs, 1);
  return [
    {
      shape: shape.map((size, axis) => size + paddings[2 * axis]! + paddings[2 * axis + 1]!),
      dtype,
    },
  ];
};

const withType =
  (dtype: number): Rule =>
  (inputs) => [{ shape: at(inputs, 0).shape, dtype }];

const RULES: Record<string, Rule> = {
  BatchMatMulV2: matMul,
  MatMul: matMul,
  Reshape: reshape,
  GatherV2: gather,
  ConcatV2: concat,
  SplitV: splitSizes,
  Unpack: unpack,
  Pack: pack,
  Slice: slice,
  PadV2: pad,
  Cast: (inputs, attributes) => [{ shape: at(inputs, 0).shape, dtype: Number(attributes['DstT']) }],
  Fill: (inputs) => [{ shape: known(inputs, 0), dtype: at(inputs, 1).dtype }],
  Transpose: (inputs) => [
    {
      shape: known(inputs, 1).map((axis) => at(inputs, 0).shape[axis]!),
      dtype: at(inputs, 0).dtype,
    },
  ],
  Tile: (inputs) => [
    {
      shape: at(inputs, 0).shape.map((size, axis) => size * known(inputs, 1)[axis]!),
      dtype: at(inputs, 0).dtype,
    },
  ],
  BroadcastTo: (inputs) => [{ shape: known(inputs, 1), dtype: at(inputs, 0).dtype }],
  ExpandDims: (inputs) => {
    const { shape, dtype } = at(inputs, 0);
    const axis = (known(inputs, 1)[0]! + shape.length + 1) % (shape.length + 1);
    return [{ shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)], dtype }];
  },
  Range: (inputs) => {
    const [start, limit, delta] = [
      known(inputs, 0)[0]!,
      known(inputs, 1)[0]!,
      known(inputs, 2)[0]!,
    ];
    return [
      { shape: [Math.max(0, Math.ceil((limit - start) / delta))], dtype: at(inputs, 0).dtype },
    ];
  },
  OneHot: (inputs) => [
    { shape: [...at(inputs, 0).shape, known(inputs, 1)[0]!], dtype: at(inputs, 2).dtype },
  ],
  UnsortedSegmentSum: (inputs) => [
    {
      shape: [known(inputs, 2)[0]!, ...at(inputs, 0).shape.slice(at(inputs, 1).shape.length)],
      dtype: at(inputs, 0).dtype,
    },
  ],
  TensorScatterUpdate: same,
  SparseSoftmaxCrossEntropyWithLogits: (inputs) => [
    { shape: at(inputs, 1).shape, dtype: at(inputs, 0).dtype },
    { shape: at(inputs, 0).shape, dtype: at(inputs, 0).dtype },
  ],
  TopKV2: (inputs) => {
    const shape = [...at(inputs, 0).shape.slice(0, -1), known(inputs, 1)[0]!];
    return [
      { shape, dtype: at(inputs, 0).dtype },
      { shape, dtype: DataType.int32 },
    ];
  },
  ArgMax: (inputs) => {
    const { shape } = at(inputs, 0);
    const axis = (known(inputs, 1)[0]! + shape.length) % shape.length;
    return [{ shape: shape.filter((_, index) => index !== axis), dtype: DataType.int32 }];
  },
  Select: (inputs) => [{ shape: at(inputs, 1).shape, dtype: at(inputs, 1).dtype }],
  SelectV2: (inputs) => [
    {
      shape: broadcastShapes(
        at(inputs, 0).shape,
        broadcastShapes(at(inputs, 1).shape, at(inputs, 2).shape),
      ),
      dtype: at(inputs, 1).dtype,
    },
  ],
  AddN: same,
  Cumsum: same,
  IsNan: withType(DataType.bool),
  IsFinite: withType(DataType.bool),
  LogicalNot: withType(DataType.bool),
};
for (const op of [
  'Exp',
  'Log',
  'Neg',
  'Sqrt',
  'Rsqrt',
  'Square',
  'Tanh',
  'Sigmoid',
  'Softmax',
  'LogSoftmax',
  'ZerosLike',
  'OnesLike',
  'Abs',
  'Identity',
  'Relu',
  'Erf',
  'Sign',
  'Floor',
  'StopGradient',
])
  RULES[op] = same;
for (const op of [
  'Add',
  'AddV2',
  'Sub',
  'Mul',
  'RealDiv',
  'Div',
  'DivNoNan',
  'Maximum',
  'Minimum',
  'Pow',
  'SquaredDifference',
  'FloorDiv',
  'FloorMod',
  'LogicalAnd',
  'LogicalOr',
])
  RULES[op] = broadcast;
for (const op of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'])
  RULES[op] = compare;
for (const op of ['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any']) RULES[op] = reduce;

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
