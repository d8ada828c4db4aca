import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { computeSchema, type ComputeSettings } from '../../recipe/sections/optimiser.js';
import { writeWholeFileSync } from '../../files/whole-file.js';
import { DataType, nodeBackend, type NativeBinding } from './binding.js';
import { applyCompute, rewriteNodes } from './rewrite.js';
import { kernelsAllowed } from './kernels.js';
import { lowerProgram, type Endpoint } from './lower.js';
import {
  checkValues,
  fillFrom,
  readAll,
  sizeOf,
  type Program,
  type Session,
  type Snapshot,
  type TensorData,
  type Values,
} from './program.js';
import { encodeSavedModel } from './saved-model.js';

/**
 * Turns a program into one TensorFlow graph and loads it: from then on a call of a signature is one session run,
 * and the variables live in TensorFlow between calls.
 *
 * The graph is written once under `<cacheFolder>/<digest of its bytes>/`.
 * @throws Error naming the operation that cannot be recorded, or what TensorFlow refuses.
 */
export function compileProgram(
  program: Program,
  cacheFolder: string,
  compute: ComputeSettings = computeSchema.parse({}),
): Session {
  const lowered = lowerProgram(program, kernelsAllowed(compute));
  const nodes = applyCompute(rewriteNodes(lowered.nodes), compute);
  const folder = writeGraph(encodeSavedModel(nodes), cacheFolder);
  const { binding } = nodeBackend();
  const sessionId = binding.loadSavedModel(folder, 'serve');
  const variables = (group: string): Record<string, { shape: number[] }> =>
    Object.fromEntries(
      Object.entries(program.variables).filter(([, variable]) => variable.group === group),
    );

  const snapshot = (group: string): Snapshot => {
    const endpoint = lowered.reads[group];
    if (!endpoint) throw new Error(`no group ${group}`);
    return snapshotOf(binding, runEndpoint(binding, { sessionId, endpoint, ids: [] }));
  };
  return {
    run(name, values) {
      const signature = program.signatures[name];
      const endpoint = lowered.signatures[name];
      if (!signature || !endpoint) throw new Error(`no signature ${name}`);
      checkValues(`signature ${name}`, signature.feeds, values);
      return runWithValues(binding, { sessionId, endpoint, values });
    },
    read: (group) => readAll(snapshot(group)),
    snapshot,
    write(group, values) {
      const endpoint = lowered.writes[group];
      if (!endpoint) throw new Error(`no group ${group}`);
      checkValues(`group ${group}`, variables(group), values);
      const ids = createOwnedTensors(binding, endpoint.feeds, (name, into) => {
        fillFrom(values[name]!, into);
      });
      for (const id of runEndpoint(binding, { sessionId, endpoint, ids }).values())
        binding.deleteTensor(id);
    },
    dispose: () => {
      binding.deleteSavedModel(sessionId);
    },
  };
}

function writeGraph(bytes: Uint8Array, cacheFolder: string): string {
  const folder = join(cacheFolder, createHash('sha256').update(bytes).digest('hex'));
  const path = join(folder, 'saved_model.pb');
  if (existsSync(path)) {
    // The worker drops graphs that were not used for long.
    const now = new Date();
    utimesSync(path, now, now);
  } else {
    mkdirSync(folder, { recursive: true });
    writeWholeFileSync(path, bytes);
  }
  return folder;
}

/** One session run with values from and to JavaScript. */
function runWithValues(
  binding: NativeBinding,
  call: { sessionId: number; endpoint: Endpoint; values: Values },
): Values {
  const { sessionId, endpoint, values } = call;
  const ids = endpoint.feeds.map(({ name, shape, dtype }) =>
    binding.createTensor(shape, dtype, values[name]!),
  );
  return readAll(snapshotOf(binding, runEndpoint(binding, { sessionId, endpoint, ids })));
}

/** Ids of what one session run fetches, by name; the fed tensors are deleted. */
function runEndpoint(
  binding: NativeBinding,
  call: { sessionId: number; endpoint: Endpoint; ids: number[] },
): Map<string, number> {
  const { feeds, fetches } = call.endpoint;
  try {
    const outputs = binding.runSavedModel(
      call.sessionId,
      call.ids,
      feeds.map(({ node }) => `${node}:0`).join(','),
      fetches.map(({ node }) => `${node}:0`).join(','),
    );
    return new Map(outputs.map(({ id }, index) => [fetches[index]!.name, id]));
  } finally {
    for (const id of call.ids) binding.deleteTensor(id);
  }
}

function snapshotOf(binding: NativeBinding, ids: Map<string, number>): Snapshot {
  return {
    names: [...ids.keys()],
    read: (name) => binding.tensorDataSync(ids.get(name)!) as TensorData,
    release: () => {
      for (const id of ids.values()) binding.deleteTensor(id);
    },
  };
}

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
function createOwnedTensors(
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
