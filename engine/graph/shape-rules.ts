/** Shape rules that several TensorFlow operations share; which operation has which is in `shapes.ts`. */
import { DataType } from './binding.js';
import { sizeOf } from './program.js';

export interface AbstractTensor {
  shape: number[];
  dtype: number;
  /** Known for constants: shapes, axes, permutations. */
  value?: ArrayLike<number> | undefined;
}

export type Attributes = Record<string, unknown>;
export type Rule = (
  inputs: AbstractTensor[],
  attributes: Attributes,
  outputCount: number,
) => { shape: number[]; dtype: number }[];

export const at = (inputs: AbstractTensor[], index: number): AbstractTensor => {
  const input = inputs[index];
  if (!input) throw new Error(`input ${index} is missing`);
  return input;
};

export function known(inputs: AbstractTensor[], index: number): number[] {
  const { value } = at(inputs, index);
  if (!value)
    throw new Error(
      `input ${index} must be a constant: shapes and axes cannot depend on computed values`,
    );
  return Array.from(value);
}

/** Shape of an element-wise operation on two shapes. @throws Error if they do not broadcast. */
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

export const same: Rule = (inputs) => [{ shape: at(inputs, 0).shape, dtype: at(inputs, 0).dtype }];
export const broadcast: Rule = (inputs) => [
  {
    shape: inputs.reduce<number[]>((shape, input) => broadcastShapes(shape, input.shape), []),
    dtype: at(inputs, 0).dtype,
  },
];
export const compare: Rule = (inputs, attributes, count) =>
  broadcast(inputs, attributes, count).map(({ shape }) => ({ shape, dtype: DataType.bool }));

export const reduce: Rule = (inputs, attributes) => {
  const { shape, dtype } = at(inputs, 0);
  const axes = new Set(known(inputs, 1).map((axis) => (axis + shape.length) % shape.length));
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  return [
    { shape: attributes['keep_dims'] ? kept : shape.filter((_, axis) => !axes.has(axis)), dtype },
  ];
};

export const reshape: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const wanted = known(inputs, 1);
  const rest = sizeOf(wanted.filter((size) => size !== -1));
  return [{ shape: wanted.map((size) => (size === -1 ? sizeOf(shape) / rest : size)), dtype }];
};

export const matMul: Rule = (inputs, attributes) => {
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

export const gather: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = known(inputs, 2)[0] ?? 0;
  return [
    { shape: [...shape.slice(0, axis), ...at(inputs, 1).shape, ...shape.slice(axis + 1)], dtype },
  ];
};

export const concat: Rule = (inputs) => {
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

export const splitSizes: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (known(inputs, 2)[0]! + shape.length) % shape.length;
  return known(inputs, 1).map((size) => ({
    shape: shape.map((old, index) => (index === axis ? size : old)),
    dtype,
  }));
};

export const unpack: Rule = (inputs, attributes, count) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (Number(attributes['axis']) + shape.length) % shape.length;
  return Array.from({ length: count }, () => ({
    shape: shape.filter((_, index) => index !== axis),
    dtype,
  }));
};

export const pack: Rule = (inputs, attributes) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (Number(attributes['axis']) + shape.length + 1) % (shape.length + 1);
  return [{ shape: [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)], dtype }];
};

export const slice: Rule = (inputs) => {
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

export const pad: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const paddings = known(inputs, 1);
  return [
    {
      shape: shape.map((size, axis) => size + paddings[2 * axis]! + paddings[2 * axis + 1]!),
      dtype,
    },
  ];
};

export const withType =
  (dtype: number): Rule =>
  (inputs) => [{ shape: at(inputs, 0).shape, dtype }];
