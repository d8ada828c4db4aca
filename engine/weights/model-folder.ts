import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readJsonSync } from '../../files/json.js';
import { ModelFolderError, readBloomConfig } from './bloom-config.js';
import { openSafetensors, writeSafetensors, type SafetensorsFile } from './safetensors.js';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';
const FLOAT_DTYPES = ['F32', 'F16', 'BF16'];

export interface WritableWeights {
  /** As in transformers, such as `transformer.h.0.self_attention.query_key_value.weight`. */
  name: string;
  shape: readonly number[];
  /** A function is called when its turn to be written comes. */
  data: Float32Array | (() => Float32Array);
}

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** One tensor of an open model folder. */
export interface StoredWeights {
  name: string;
  shape: number[];
  read: (into?: Float32Array) => Float32Array;
}

/**
 * Opens the weight files of a BLOOM folder; the caller closes them. Tensors are read on demand, under their canonical names.
 *
 * Takes `model.safetensors` or its shards. Names of the bare network, as in bigscience/bloom-1b1, get their
 * `transformer.` prefix; a stored `lm_head.weight` is left out, for it is tied to the embeddings.
 * @throws ModelFolderError for a model that cannot be run, a folder without weights, a missing shard or tensor, or one
 * that is read and is not float.
 * @throws SafetensorsError for a damaged file.
 */
export function openModelWeights(folder: string): {
  tensors: StoredWeights[];
  close: () => void;
} {
  // Throws for a model that Burnish cannot run.
  readBloomConfig(folder);
  const open: SafetensorsFile[] = [];
  const close = (): void => {
    for (const file of open) file.close();
  };
  const tensors = new Map<string, StoredWeights>();
  try {
    for (const { path, expected } of listWeightFiles(folder)) {
      const file = openSafetensors(path);
      open.push(file);
      for (const stored of namesOf(file, path, expected)) {
        const name = canonicalName(stored);
        if (name === 'lm_head.weight') continue;
        if (tensors.has(name))
          throw new ModelFolderError(`${path}: tensor "${name}" is there twice`);
        const read = (into?: Float32Array): Float32Array => {
          if (file.dtypeOf(stored) === 'I32')
            throw new ModelFolderError(
              `${path}: tensor "${stored}" holds integers, weights are floats`,
            );
          return file.read(stored, into) as Float32Array;
        };
        tensors.set(name, { name, shape: file.shapeOf(stored), read });
      }
    }
  } catch (error) {
    close();
    throw error;
  }
  return { tensors: [...tensors.values()], close };
}

/**
 * Ensures that a folder's files hold every wanted tensor once, as floats of its shape, whatever else they hold; reads
 * headers only. With an index the files hold what it says.
 *
 * @throws ModelFolderError naming file and tensor, or what is missing.
 * @throws SafetensorsError for a damaged file.
 */
export function checkModelWeights(folder: string, wanted: Record<string, number[]>): void {
  const missing = new Set(Object.keys(wanted));
  for (const { path, expected } of listWeightFiles(folder)) {
    const file = openSafetensors(path);
    try {
      for (const stored of namesOf(file, path, expected)) {
        const name = canonicalName(stored);
        const shape = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
        if (!shape) continue;
        missing.delete(name);
        const found = file.shapeOf(stored);
        const dtype = file.dtypeOf(stored);
        if (found.join() !== shape.join())
          throw new ModelFolderError(
            `${path}: tensor "${stored}": config.json asks for shape [${shape.join(', ')}], found [${found.join(', ')}]`,
          );
        if (!FLOAT_DTYPES.includes(dtype))
          throw new ModelFolderError(
            `${path}: tensor "${stored}": expected ${FLOAT_DTYPES.join(', ')}, found ${dtype}`,
          );
      }
    } finally {
      file.close();
    }
  }
  const [first] = missing;
  if (first === undefined) return;
  const list = join(folder, existsSync(join(folder, SINGLE_FILE)) ? SINGLE_FILE : INDEX_FILE);
  throw new ModelFolderError(
    `${list}: no tensor "${first}"${missing.size > 1 ? ` and ${missing.size - 1} more` : ''} that config.json asks for`,
  );
}

/**
 * Writes `model.safetensors` with the metadata that transformers asks for.
 *
 * @throws SafetensorsError for a name given twice, or data that does not fit its shape.
 */
export function writeModelWeights(
  folder: string,
  tensors: Iterable<WritableWeights>,
  dtype: 'F32' | 'BF16' | 'F16',
): void {
  const typed = [...tensors].map((tensor) => ({ ...tensor, dtype }));
  writeSafetensors(join(folder, SINGLE_FILE), typed, { metadata: { format: 'pt' } });
}

/** The folder's weight files; `expected` are the names that an index promises, absent without an index. */
function listWeightFiles(folder: string): { path: string; expected?: string[] }[] {
  const single = join(folder, SINGLE_FILE);
  if (existsSync(single)) return [{ path: single }];
  const indexPath = join(folder, INDEX_FILE);
  if (!existsSync(indexPath)) {
    const hint = existsSync(join(folder, 'pytorch_model.bin'))
      ? '; convert its pytorch_model.bin to safetensors first'
      : '';
    throw new ModelFolderError(`${folder}: holds neither ${SINGLE_FILE} nor ${INDEX_FILE}${hint}`);
  }
  const index = indexSchema.safeParse(readJsonSync(indexPath, ModelFolderError));
  if (!index.success)
    throw new ModelFolderError(`${indexPath}: has no "weight_map" of names to files`);
  const namesByFile = new Map<string, string[]>();
  for (const [name, fileName] of Object.entries(index.data.weight_map)) {
    if (basename(fileName) !== fileName || !fileName.endsWith('.safetensors')) {
      throw new ModelFolderError(`${indexPath}: "${fileName}" is not a shard of this folder`);
    }
    namesByFile.set(fileName, [...(namesByFile.get(fileName) ?? []), name]);
  }
  return [...namesByFile].sort().map(([fileName, expected]) => {
    const path = join(folder, fileName);
    if (!existsSync(path)) throw new ModelFolderError(`${path}: this shard is missing`);
    return { path, expected };
  });
}

/** The tensors of an open weight file that belong to the model: all, or those that the index promises. */
function namesOf(file: SafetensorsFile, path: string, expected: string[] | undefined): string[] {
  const missing = expected?.find((name) => !file.names.includes(name));
  if (missing !== undefined)
    throw new ModelFolderError(
      `${path}: lacks tensor "${missing}" that ${INDEX_FILE} says it holds`,
    );
  return expected ?? file.names;
}

/** The name under the language model of transformers; heads keep theirs. */
function canonicalName(stored: string): string {
  return /^(?:word_embeddings|word_embeddings_layernorm|h|ln_f)\./.test(stored)
    ? `transformer.${stored}`
    : stored;
}
