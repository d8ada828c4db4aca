import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DataType } from './binding.js';
import type { NativeBinding } from './binding.js';
import type { Endpoint } from './lower.js';
import { sizeOf } from './program.js';
import type { TensorData } from './program.js';

/**
 * TF_NewTensor copies data that is not aligned for vector instructions, and shares a JavaScript array's memory
 * otherwise; a variable that adopted shared memory would change with the array and outlive it.
 */
const MISALIGNED_BY = 4;
/** Larger tensors get an array of their own, given back before the next is made. */
const SHARED_SCRATCH_BYTES = 64 * 2 ** 20;

/**
 * Ids of tensors whose memory is TensorFlow's own, in the order of `feeds`; `fill` puts the values of each into an array.
 *
 * One tensor at a time is in JavaScript's memory, the largest first, when the fewest others are held.
 * @throws whatever `fill` throws; what was made before is deleted.
 */
export function createOwnedTensors(
  binding: NativeBinding,
  feeds: Endpoint['feeds'],
  fill: (name: string, into: TensorData) => void,
): number[] {
  const ids = new Map<string, number>();
  const bytesOf = (shape: number[]): number => 4 * sizeOf(shape);
  const largestFirst = [...feeds].sort((a, b) => bytesOf(b.shape) - bytesOf(a.shape));
  let scratch: ArrayBuffer | undefined;
  const create = (
    { name, shape, dtype }: Endpoint['feeds'][number],
    buffer = new ArrayBuffer(MISALIGNED_BY + bytesOf(shape)),
  ): void => {
    const Kind = dtype === DataType.int32 ? Int32Array : Float32Array;
    const into = new Kind(buffer, MISALIGNED_BY, sizeOf(shape));
    fill(name, into);
    ids.set(name, binding.createTensor(shape, dtype, into));
  };
  try {
    for (const feed of largestFirst) {
      const bytes = bytesOf(feed.shape);
      if (bytes > SHARED_SCRATCH_BYTES) {
        // The array is named in the other function alone: a name in this one would keep it.
        create(feed);
        collectGarbage();
      } else create(feed, (scratch ??= new ArrayBuffer(MISALIGNED_BY + bytes)));
    }
  } catch (error) {
    for (const id of ids.values()) binding.deleteTensor(id);
    throw error;
  }
  return feeds.map(({ name }) => ids.get(name)!);
}

/** V8 frees array memory when it next collects, which can be gigabytes too late; and ends freeing when it collects again. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}
