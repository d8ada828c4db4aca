import TinyQueue from 'tinyqueue';

/** Something with its place among the rows of a collection. */
export interface Placed {
  ordinal: number;
}

/** The items of several ordered sequences in one order; one item of each is held, and of equal ones the first held comes first. */
export async function* inOrder<Item extends Placed>(
  sequences: readonly AsyncIterable<Item>[],
): AsyncGenerator<Item> {
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  const heads = new TinyQueue<{ item: Item; arrival: number; from: AsyncIterator<Item> }>(
    [],
    (a, b) => a.item.ordinal - b.item.ordinal || a.arrival - b.arrival,
  );
  let arrivals = 0;
  const refill = async (from: AsyncIterator<Item>): Promise<void> => {
    const next = await from.next();
    if (!next.done) heads.push({ item: next.value, arrival: arrivals++, from });
  };
  try {
    for (const iterator of iterators) await refill(iterator);
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.item;
      await refill(head.from);
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}
