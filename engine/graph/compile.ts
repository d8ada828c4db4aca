import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { computeSchema } from '../../contracts/recipe/compute.js';
import type { ComputeSettings } from '../../contracts/recipe/compute.js';
import { DataType, nodeBackend } from './binding.js';
import type { NativeBinding } from './binding.js';
import { applyCompute } from './compute.js';
import { lowerProgram } from './lower.js';
import type { Endpoint } from './lower.js';
import { checkValues } from './program.js';
import type { Program, Session, Values } from './program.js';
import { rewriteNodes } from './rewrite.js';
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
  const lowered = lowerProgram(program);
  const nodes = applyCompute(rewriteNodes(lowered.nodes), compute);
  const folder = writeGraph(encodeSavedModel(nodes), cacheFolder);
  const { binding } = nodeBackend();
  const sessionId = binding.loadSavedModel(folder, 'serve');
  const variables = (group: string): Record<string, { shape: number[] }> =>
    Object.fromEntries(
      Object.entries(program.variables).filter(([, variable]) => variable.group === group),
    );

  return {
    run(name, values) {
      const signature = program.signatures[name];
      const endpoint = lowered.signatures[name];
      if (!signature || !endpoint) throw new Error(`no signature ${name}`);
      checkValues(`signature ${name}`, signature.feeds, values);
      return runEndpoint(binding, { sessionId, endpoint, values, copy: false });
    },
    read(group) {
      const endpoint = lowered.reads[group];
      if (!endpoint) throw new Error(`no group ${group}`);
      return runEndpoint(binding, { sessionId, endpoint, values: {}, copy: false });
    },
    write(group, values) {
      const endpoint = lowered.writes[group];
      if (!endpoint) throw new Error(`no group ${group}`);
      checkValues(`group ${group}`, variables(group), values);
      runEndpoint(binding, { sessionId, endpoint, values, copy: true });
    },
    dispose: () => {
      binding.deleteSavedModel(sessionId);
    },
  };
}

function writeGraph(bytes: Uint8Array, cacheFolder: string): string {
  const folder = join(cacheFolder, createHash('sha256').update(bytes).digest('hex'));
  if (existsSync(join(folder, 'saved_model.pb'))) return folder;
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  writeFileSync(join(temporary, 'saved_model.pb'), bytes);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(join(folder, 'saved_model.pb'))) throw error;
  }
  return folder;
}

/**
 * One session run. With `copy`, feeds are first copied into memory that TensorFlow owns: the addon may share a
 * JavaScript buffer, and a variable that adopts one would outlive it.
 */
function runEndpoint(
  binding: NativeBinding,
  call: { sessionId: number; endpoint: Endpoint; values: Values; copy: boolean },
): Values {
  const { feeds, fetches } = call.endpoint;
  const ids: number[] = [];
  try {
    for (const { name, shape, dtype } of feeds) {
      const id = binding.createTensor(shape, dtype, call.values[name]!);
      ids.push(call.copy ? copyTensor(binding, id, dtype) : id);
    }
    const outputs = binding.runSavedModel(
      call.sessionId,
      ids,
      feeds.map(({ node }) => `${node}:0`).join(','),
      fetches.map(({ node }) => `${node}:0`).join(','),
    );
    return Object.fromEntries(
      outputs.map(({ id }, index) => {
        const data = binding.tensorDataSync(id) as Float32Array | Int32Array;
        binding.deleteTensor(id);
        return [fetches[index]!.name, data];
      }),
    );
  } finally {
    for (const id of ids) binding.deleteTensor(id);
  }
}

function copyTensor(binding: NativeBinding, id: number, dtype: number): number {
  const one = binding.createTensor(
    [],
    dtype,
    dtype === DataType.int32 ? Int32Array.of(1) : Float32Array.of(1),
  );
  const [copy] = binding.executeOp(
    'Mul',
    [{ name: 'T', type: binding.TF_ATTR_TYPE, value: dtype }],
    [id, one],
    1,
  );
  binding.deleteTensor(one);
  binding.deleteTensor(id);
  return copy!.id;
}
