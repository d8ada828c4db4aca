/**
 * The item at an index that the caller knows to be there.
 *
 * @throws RangeError if it is not: a fault of the program, never of its input.
 */
export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) {
    throw new RangeError(`Expected an item at ${index} of ${items.length} and found none.`);
  }
  return item;
}
