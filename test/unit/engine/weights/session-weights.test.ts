import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../../engine/graph/program.js';
import { loadWeights } from '../../../../engine/weights/session-weights.js';
import { ModelFolderError } from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { writeSafetensors, type WritableTensor } from '../../../../engine/weights/safetensors.js';
import { SafetensorsError } from '../../../../engine/weights/safetensors-header.js';

const golden = 'test/golden/bloom-h4';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnish-state-'));
  copyFileSync(join(golden, 'config.json'), join(folder, 'config.json'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const tensors = (): WritableTensor[] =>
  Array.from(readModelWeights(golden), (tensor) => ({ ...tensor, dtype: 'F32' }));
const weightsFile = (): string => join(folder, 'model.safetensors');

/** Loads the folder; the session must not be touched by one that is wrong. */
function load(heads?: Record<string, number[]>): ReturnType<typeof vi.fn> {
  const write = vi.fn();
  const session = { write } as unknown as Session;
  try {
    loadWeights(session, 'policy', { folder, ...(heads && { heads }) });
  } catch (error) {
    expect(write).not.toHaveBeenCalled();
    throw error;
  }
  return write;
}

describe('loadWeights', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('sets every weight of a folder in %s', (dtype) => {
    writeSafetensors(
      weightsFile(),
      tensors().map((tensor) => ({ ...tensor, dtype })),
    );
    const [group, values] = load().mock.calls[0] as [string, Record<string, Float32Array>];
    expect(group).toBe('policy');
    expect(Object.keys(values).sort()).toEqual(
      tensors()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('refuses a tensor of another shape, naming file and tensor, with nothing loaded', () => {
    const wrong = tensors().map((tensor) =>
      tensor.name === 'transformer.h.1.mlp.dense_4h_to_h.weight'
        ? { ...tensor, shape: [...tensor.shape].reverse() }
        : tensor,
    );
    writeSafetensors(weightsFile(), wrong);
    expect(load).toThrow(ModelFolderError);
    expect(load).toThrow(
      `${weightsFile()}: tensor "transformer.h.1.mlp.dense_4h_to_h.weight": config.json asks for shape [32, 128], found [128, 32]`,
    );
  });

  it('refuses a tensor of integers', () => {
    const wrong = tensors().map((tensor) =>
      tensor.name === 'transformer.ln_f.bias'
        ? { ...tensor, dtype: 'I32' as const, data: new Int32Array(32) }
        : tensor,
    );
    writeSafetensors(weightsFile(), wrong);
    expect(load).toThrow(/tensor "transformer\.ln_f\.bias": expected F32, F16, BF16, found I32/);
  });

  it('names a tensor that is missing, and how many more', () => {
    writeSafetensors(
      weightsFile(),
      tensors().filter(({ name }) => !name.startsWith('transformer.ln_f.')),
    );
    expect(load).toThrow(/model\.safetensors: no tensor "transformer\.ln_f\.weight" and 1 more/);
  });

  it('takes what the model has and leaves the rest: heads, blocks beyond the last, tables of integers', () => {
    const more = ['score.weight', 'v_head.summary.bias', 'transformer.h.2.mlp.dense.bias'];
    const extra: WritableTensor[] = more.map((name) => ({
      name,
      shape: [1],
      dtype: 'F32',
      data: new Float32Array(1),
    }));
    const table = { name: 'h.0.self_attention.bias', shape: [1], data: new Int32Array(1) };
    const inherited = { name: 'constructor', shape: [1], data: new Float32Array(1) };
    writeSafetensors(weightsFile(), [
      ...tensors(),
      ...extra,
      { ...table, dtype: 'I32' },
      { ...inherited, dtype: 'F32' },
    ]);
    const names = (found: ReturnType<typeof vi.fn>): string[] =>
      Object.keys((found.mock.calls[0] as [string, object])[1]).sort();
    const trunk = tensors().map(({ name }) => name);
    expect(names(load())).toEqual([...trunk].sort());
    expect(names(load({ 'score.weight': [1] }))).toEqual(['score.weight', ...trunk].sort());
  });

  it('names the file that lacks the head which is asked for', () => {
    writeSafetensors(weightsFile(), tensors());
    const loadScorer = () => load({ 'score.weight': [1, 32] });
    expect(loadScorer).toThrow(ModelFolderError);
    expect(loadScorer).toThrow(`${weightsFile()}: no tensor "score.weight"`);
  });

  it('names the index that omits a tensor, though its shard holds it', () => {
    writeSafetensors(join(folder, 'a.safetensors'), tensors());
    const index = join(folder, 'model.safetensors.index.json');
    const listed = tensors().filter(({ name }) => name !== 'transformer.ln_f.bias');
    const map = Object.fromEntries(listed.map(({ name }) => [name, 'a.safetensors']));
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    expect(load).toThrow(ModelFolderError);
    expect(load).toThrow(`${index}: no tensor "transformer.ln_f.bias"`);
  });

  it('refuses a missing shard before it reads another', () => {
    const [first, ...rest] = tensors();
    writeSafetensors(join(folder, 'a.safetensors'), [first!]);
    const map = Object.fromEntries(rest.map(({ name }) => [name, 'b.safetensors']));
    writeFileSync(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: { [first!.name]: 'a.safetensors', ...map } }),
    );
    expect(load).toThrow(/b\.safetensors: this shard is missing/);
  });

  it('refuses a truncated file and a header of 100 MB, said or there', () => {
    writeSafetensors(weightsFile(), tensors());
    truncateSync(weightsFile(), 40_000);
    expect(load).toThrow(SafetensorsError);
    expect(load).toThrow(/model\.safetensors: .*cut off or with a tail/);
    const bytes = readFileSync(weightsFile());
    bytes.writeBigUInt64LE(100_000_001n);
    writeFileSync(weightsFile(), bytes);
    expect(load).toThrow(/model\.safetensors: its header says 100000001 bytes/);
    bytes.writeBigUInt64LE(100_000_000n);
    writeFileSync(weightsFile(), bytes);
    truncateSync(weightsFile(), 100_000_100);
    expect(load).toThrow(
      /model\.safetensors: its header says 100000000 bytes; at most 33554432 are possible/,
    );
  });

  it('refuses overlapping offsets, naming the tensor', () => {
    const entry = (begin: number) => ({
      dtype: 'F32',
      shape: [2],
      data_offsets: [begin, begin + 8],
    });
    const header = Buffer.from(JSON.stringify({ a: entry(0), b: entry(4) }).padEnd(128));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(weightsFile(), Buffer.concat([length, header, Buffer.alloc(12)]));
    expect(load).toThrow(/model\.safetensors: tensor "b": begins at byte 4, inside/);
  });

  it('refuses the configuration of another architecture', () => {
    writeFileSync(join(folder, 'config.json'), '{"model_type":"gpt2","hidden_size":32}');
    writeSafetensors(weightsFile(), tensors());
    expect(load).toThrow(/config\.json is not a BLOOM configuration:\n.*found "gpt2"/);
  });
});
