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

/** The axis that a constant input names, counted from the front; negative ones count from the end of `rank` axes. */
export function knownAxis(inputs: AbstractTensor[], index: number, rank: number): number {
  return (known(inputs, index)[0]! + rank) % rank;
}

/** A rule for one output of the first input's type; its shape comes from the first input's. */
export const shaped =
  (
    shapeOf: (shape: number[], inputs: AbstractTensor[], attributes: Attributes) => number[],
  ): Rule =>
  (inputs, attributes) => {
    const { shape, dtype } = at(inputs, 0);
    return [{ shape: shapeOf(shape, inputs, attributes), dtype }];
  };

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

export const same = shaped((shape) => shape);
export const broadcast = shaped((_, inputs) =>
  inputs.reduce<number[]>((shape, input) => broadcastShapes(shape, input.shape), []),
);
export const compare: Rule = (inputs, attributes, count) =>
  broadcast(inputs, attributes, count).map(({ shape }) => ({ shape, dtype: DataType.bool }));

export const reduce = shaped((shape, inputs, attributes) => {
  const axes = new Set(known(inputs, 1).map((axis) => (axis + shape.length) % shape.length));
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  return attributes['keep_dims'] ? kept : shape.filter((_, axis) => !axes.has(axis));
});

export const reshape = shaped((shape, inputs) => {
  const wanted = known(inputs, 1);
  const rest = sizeOf(wanted.filter((size) => size !== -1));
  return wanted.map((size) => (size === -1 ? sizeOf(shape) / rest : size));
});

export const matMul = shaped((a, inputs, attributes) => {
  const b = at(inputs, 1).shape;
  const rows = a.at(attributes['adj_x'] ? -1 : -2) ?? 1;
  const columns = b.at(attributes['adj_y'] ? -2 : -1) ?? 1;
  return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), rows, columns];
});

export const gather = shaped((shape, inputs) => {
  const axis = known(inputs, 2)[0] ?? 0;
  return [...shape.slice(0, axis), ...at(inputs, 1).shape, ...shape.slice(axis + 1)];
});

export const concat = shaped((shape, inputs) => {
  const axis = knownAxis(inputs, inputs.length - 1, shape.length);
  const total = inputs.slice(0, -1).reduce((sum, part) => sum + part.shape[axis]!, 0);
  return shape.map((size, index) => (index === axis ? total : size));
});

export const splitSizes: Rule = (inputs) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = knownAxis(inputs, 2, shape.length);
  return known(inputs, 1).map((size) => ({
    shape: shape.map((old, index) => (index === axis ? size : old)),
    dtype,
  }));
};

export const unpack: Rule = (inputs, attributes, count) => {
  const { shape, dtype } = at(inputs, 0);
  const axis = (Number(attributes['axis']) + shape.length) % shape.length;
  const part = shape.filter((_, index) => index !== axis);
  return Array.from({ length: count }, () => ({ shape: part, dtype }));
};

export const pack = shaped((shape, inputs, attributes) => {
  const axis = (Number(attributes['axis']) + shape.length + 1) % (shape.length + 1);
  return [...shape.slice(0, axis), inputs.length, ...shape.slice(axis)];
});

export const slice = shaped((shape, inputs) => {
  const begin = known(inputs, 1);
  return known(inputs, 2).map((size, axis) => (size === -1 ? shape[axis]! - begin[axis]! : size));
});

export const pad = shaped((shape, inputs) => {
  const paddings = known(inputs, 1);
  return shape.map((size, axis) => size + paddings[2 * axis]! + paddings[2 * axis + 1]!);
});

export const withType =
  (dtype: number): Rule =>
  (inputs) => [{ shape: at(inputs, 0).shape, dtype }];
