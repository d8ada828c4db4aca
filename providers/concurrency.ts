/**
 * Runs `work` over all items, at most `limit` at a time, and returns the results in the items' order.
 *
 * @throws the first failure; nothing new is started after it.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failed = false;
  const runner = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as Item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner));
  return results;
}

/**
 * The results of `work` in the items' order, at most `limit` under way or waiting to be taken.
 *
 * @throws what `work` throws, when its turn comes.
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead: Promise<Result>[] = [];
  for (const item of items) {
    const result = work(item);
    // It is heard of when its turn comes.
    result.catch(() => undefined);
    ahead.push(result);
    if (ahead.length >= limit) yield (await ahead.shift()) as Result;
  }
  for (const result of ahead) yield await result;
}
