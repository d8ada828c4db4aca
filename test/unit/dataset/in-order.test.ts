import { expect, it } from 'vitest';
import { inOrder } from '../../../dataset/in-order.js';

async function* sequence(ordinals: number[], ended: () => void = () => undefined) {
  try {
    for (const ordinal of ordinals) yield { ordinal };
  } finally {
    ended();
  }
}

async function ordinalsOf(sequences: number[][]): Promise<number[]> {
  const found: number[] = [];
  for await (const { ordinal } of inOrder(sequences.map((own) => sequence(own))))
    found.push(ordinal);
  return found;
}

it('gives the items of all sequences in one order', async () => {
  expect(await ordinalsOf([[0, 4, 5], [], [1, 2, 9], [3, 6, 7, 8]])).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]);
  expect(await ordinalsOf([])).toEqual([]);
});

it('gives items of one place in the order in which they were reached', async () => {
  async function* named(name: string, ordinals: number[]) {
    for (const ordinal of ordinals) yield { ordinal, name: `${name}${ordinal}` };
  }
  const found: string[] = [];
  const sequences = [named('a', [1, 1, 3]), named('b', [1, 2, 3]), named('c', [0, 1, 3])];
  for await (const { name } of inOrder(sequences)) found.push(name);
  // c reaches its 1 after a and b reached theirs, and a its second 1 after that.
  expect(found).toEqual(['c0', 'a1', 'b1', 'c1', 'a1', 'b2', 'c3', 'a3', 'b3']);
});

it('closes every sequence when its reader stops early', async () => {
  let ended = 0;
  const sequences = [
    [0, 2],
    [1, 3],
  ].map((own) => sequence(own, () => (ended += 1)));
  for await (const { ordinal } of inOrder(sequences)) if (ordinal === 1) break;
  expect(ended).toBe(2);
});
