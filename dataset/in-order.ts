/** Something with its place among the rows of a collection. */
export interface Placed {
  ordinal: number;
}

/** The items of several ordered sequences in one order, holding one item of each. */
export async function* inOrder<Item extends Placed>(
  sequences: readonly AsyncIterable<Item>[],
): AsyncGenerator<Item> {
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  const heads: { item: Item; from: AsyncIterator<Item> }[] = [];
  const refill = async (from: AsyncIterator<Item>): Promise<void> => {
    const next = await from.next();
    if (next.done) return;
    const { ordinal } = next.value;
    // Sorted, last first: the next item is the last one.
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((heads[middle] as (typeof heads)[number]).item.ordinal > ordinal) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, { item: next.value, from });
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
