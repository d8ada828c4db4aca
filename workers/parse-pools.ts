import { Queue } from '../contracts/names.js';
import type { ServedPool } from './create-workers.js';

const allPools = Object.values(Queue);
const queuePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The pools that a text such as `train,generate` names, or `all`; `train=train-large` serves the activities of the pool
 * `train` from a queue of another name, to which operators move them.
 *
 * @throws Error naming what is no pool.
 */
export function parsePools(text: string): ServedPool[] {
  const served = new Map<string, ServedPool>();
  for (const part of text.split(',')) {
    const [name = '', queue = name] = part.trim().split('=');
    for (const one of name === 'all' && queue === 'all' ? allPools : [name]) {
      const pool = allPools.find((known) => known === one);
      if (pool === undefined || !queuePattern.test(queue))
        throw new Error(
          `Unknown pool ${part.trim()}; expected some of ${allPools.join(', ')}, or all; POOL=QUEUE serves another queue.`,
        );
      const place = name === 'all' ? one : queue;
      served.set(place, { pool, queue: place });
    }
  }
  return [...served.values()];
}
