/** Two neighbouring tokens and how often they stand side by side. */
export interface CountedPair {
  left: number;
  right: number;
  count: number;
}

/** Gives the most frequent pair first; of equally frequent ones, that with the smaller ids. A binary heap. */
export class PairQueue {
  readonly #heap: CountedPair[] = [];

  push(pair: CountedPair): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(pair);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(pair, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = pair;
  }

  /** Takes the first pair out; undefined when there is none. */
  pop(): CountedPair | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child += 1;
      if (!precedes(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function precedes(a: CountedPair, b: CountedPair): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}
