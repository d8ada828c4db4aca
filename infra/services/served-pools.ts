import { Queue } from '../../contracts/names.js';

/** A pool, and the queue its workers serve: its own, or one that an operator moves activities to. */
export interface ServedPool {
  pool: Queue;
  queue: string;
}

/** A text names a pool that is none, or a queue that cannot be one. */
export class PoolUnknownError extends Error {
  override readonly name = 'PoolUnknownError';
  /** What stands where a pool should. */
  readonly part: string;

  constructor(part: string) {
    super(
      `Unknown pool ${part}; expected some of ${Object.values(Queue).join(', ')}, or all; POOL=QUEUE serves another queue.`,
    );
    this.part = part;
  }
}

const queuePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The pools that a text such as `train,generate` names, or `all`; `train=train-large` serves the activities of the pool
 * `train` from a queue of another name, to which operators move them.
 *
 * @throws PoolUnknownError naming what is no pool.
 */
export function parsePools(text: string): ServedPool[] {
  const allPools = Object.values(Queue);
  const served = new Map<string, ServedPool>();
  for (const part of text.split(',').map((each) => each.trim())) {
    const [name = '', queue = name] = part.split('=');
    const isAll = name === 'all' && queue === 'all';
    for (const one of isAll ? allPools : [name]) {
      const pool = allPools.find((known) => known === one);
      if (pool === undefined || !queuePattern.test(queue)) throw new PoolUnknownError(part);
      const place = isAll ? pool : queue;
      served.set(place, { pool, queue: place });
    }
  }
  return [...served.values()];
}
