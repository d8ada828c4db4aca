/**
 * Returns the item at an index that the caller knows to be there.
 *
 * @throws RangeError if it is not there, which is a fault of the program.
 */
export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) {
    throw new RangeError(`Expected an item at ${index} of ${items.length} and found none.`);
  }
  return item;
}
