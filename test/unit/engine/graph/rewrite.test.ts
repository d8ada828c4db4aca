import { describe, expect, it } from 'vitest';
import { DataType } from '../../../../engine/graph/binding.js';
import type { GraphNode } from '../../../../engine/graph/recorder.js';
import { rewriteNodes } from '../../../../engine/graph/rewrite.js';

const float = (shape: number[]): GraphNode['outputs'] => [{ shape, dtype: DataType.float32 }];

function constant(name: string, values: number[], shape = [values.length]): GraphNode {
  const data = Float32Array.from(values);
  const base = { name, op: 'Const', inputs: [], attributes: [], outputs: float(shape) };
  return { ...base, constant: { dtype: DataType.float32, shape, data } };
}

const node = (name: string, op: string, ...rest: [string[], number[]]): GraphNode => ({
  name,
  op,
  inputs: rest[0],
  attributes: [],
  outputs: float(rest[1]),
});

const product = (name: string, shape: number[]): GraphNode => ({
  ...node(name, 'BatchMatMulV2', ['x', 'w'], shape),
  attributes: [
    { name: 'adj_x', type: 4, value: false },
    { name: 'adj_y', type: 4, value: true },
  ],
});

const find = (nodes: GraphNode[], name: string): GraphNode | undefined =>
  nodes.find((each) => each.name === name);

describe('rewriting a recorded graph', () => {
  it('keeps one of equal constants and tells apart those that differ in shape or in the sign of zero', () => {
    const nodes = rewriteNodes([
      constant('a', [1, 2]),
      constant('twin', [1, 2]),
      constant('shaped', [1, 2], [1, 2]),
      constant('zero', [0, 1]),
      constant('minus', [-0, 1]),
      node('sum', 'AddN', ['a', 'twin'], [2]),
    ]);
    expect(nodes.map(({ name }) => name)).toEqual(['a', 'shaped', 'zero', 'minus', 'sum']);
    expect(find(nodes, 'sum')!.inputs).toEqual(['a', 'a']);
  });

  it('stores one value of a large constant whose values are all equal', () => {
    const nodes = rewriteNodes([constant('ones', new Array<number>(4096).fill(1), [64, 64])]);
    expect(find(nodes, 'ones')).toMatchObject({
      op: 'Fill',
      inputs: ['ones/dims', 'ones/value'],
      outputs: float([64, 64]),
    });
    expect([...find(nodes, 'ones/dims')!.constant!.data]).toEqual([64, 64]);
    expect([...find(nodes, 'ones/value')!.constant!.data]).toEqual([1]);
  });

  it('leaves a large constant alone whose values differ once', () => {
    const values = new Array<number>(64).fill(1);
    values[63] = 2;
    expect(find(rewriteNodes([constant('c', values)]), 'c')!.op).toBe('Const');
  });

  it('makes products of matrices MatMul, with the transposition it was asked for, and keeps batched ones', () => {
    const nodes = rewriteNodes([
      node('x', 'Placeholder', [], [4, 8]),
      node('w', 'Placeholder', [], [3, 8]),
      product('y', [4, 3]),
      node('bx', 'Placeholder', [], [2, 4, 8]),
      { ...product('by', [2, 4, 3]), inputs: ['bx', 'w'] },
    ]);
    expect(find(nodes, 'y')!.op).toBe('MatMul');
    expect(find(nodes, 'y')!.attributes.map(({ name, value }) => [name, value])).toEqual([
      ['transpose_a', false],
      ['transpose_b', true],
    ]);
    expect(find(nodes, 'by')!.op).toBe('BatchMatMulV2');
  });

  it('adds a vector to a matrix product as its bias, and nothing else', () => {
    const nodes = rewriteNodes([
      node('x', 'Placeholder', [], [4, 8]),
      node('w', 'Placeholder', [], [3, 8]),
      node('b', 'Placeholder', [], [3]),
      node('one', 'Placeholder', [], [1]),
      node('r', 'Placeholder', [], [4, 3]),
      product('y', [4, 3]),
      node('biased', 'Add', ['y', 'b'], [4, 3]),
      node('spread', 'Add', ['y', 'one'], [4, 3]),
      node('residual', 'Add', ['y', 'r'], [4, 3]),
      node('other', 'Add', ['r', 'b'], [4, 3]),
    ]);
    const op = (name: string): string => find(nodes, name)!.op;
    expect(op('biased')).toBe('BiasAdd');
    expect([op('spread'), op('residual'), op('other')]).toEqual(['Add', 'Add', 'Add']);
  });

  it('states the types that eager execution infers', () => {
    const [, , expanded] = rewriteNodes([
      node('x', 'Placeholder', [], [4]),
      { ...constant('axis', [0]), outputs: [{ shape: [1], dtype: DataType.int32 }] },
      node('e', 'ExpandDims', ['x', 'axis'], [1, 4]),
    ]);
    expect(expanded!.attributes.map(({ name, value }) => [name, value])).toEqual([
      ['T', DataType.float32],
      ['Tdim', DataType.int32],
    ]);
  });
});
