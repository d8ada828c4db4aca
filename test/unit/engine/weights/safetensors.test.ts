import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openSafetensors,
  writeSafetensors,
  type WritableTensor,
} from '../../../../engine/weights/safetensors.js';
import { SafetensorsError } from '../../../../engine/weights/safetensors-header.js';

interface Expected {
  sourceBits: number[];
  integer: number[];
  floats: Record<string, { shape: number[]; float32Bits: number[] }>;
}
const golden = 'test/golden/safetensors';
const expected = JSON.parse(readFileSync(`${golden}/mixed.json`, 'utf8')) as Expected;
const floatsOf = (bits: number[]) => new Float32Array(Uint32Array.from(bits).buffer);

const goldenTensors = (): WritableTensor[] => [
  ...Object.entries(expected.floats).map(([name, { shape, float32Bits }]): WritableTensor =>
    name === 'a.half' || name === 'b.brain'
      ? {
          name,
          shape,
          dtype: name === 'a.half' ? 'F16' : 'BF16',
          data: floatsOf(expected.sourceBits),
        }
      : { name, shape, dtype: 'F32', data: floatsOf(float32Bits) },
  ),
  { name: 'integer', shape: [4], dtype: 'I32', data: Int32Array.from(expected.integer) },
];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnish-safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('writeSafetensors', () => {
  it('writes the bytes of the reference writer, whatever the order of the tensors', () => {
    for (const tensors of [goldenTensors(), goldenTensors().reverse()]) {
      writeSafetensors(path, tensors, { metadata: { format: 'pt' } });
      expect(readFileSync(path).equals(readFileSync(`${golden}/mixed.safetensors`))).toBe(true);
    }
  });

  it('keeps names and metadata in the order of the reference writer where they are numbers', () => {
    const names = ['a', '2', '10'];
    const tensors = names.map((name): WritableTensor => ({
      name,
      shape: [1],
      dtype: 'F32',
      data: Float32Array.of(1),
    }));
    writeSafetensors(path, tensors, { metadata: { 9: 'x', 10: 'y', format: 'pt' } });
    const entry = (begin: number) =>
      `{"dtype":"F32","shape":[1],"data_offsets":[${begin},${begin + 4}]}`;
    const bytes = readFileSync(path);
    expect(
      bytes
        .subarray(8, 8 + bytes.readUInt32LE(0))
        .toString()
        .trimEnd(),
    ).toBe(
      `{"__metadata__":{"10":"y","9":"x","format":"pt"},"10":${entry(0)},"2":${entry(4)},"a":${entry(8)}}`,
    );
    const file = openSafetensors(path);
    expect(file.names).toEqual(['10', '2', 'a']);
    file.close();
  });

  it('asks for the data of one tensor after the other', () => {
    const asked: string[] = [];
    const lazy = goldenTensors().map((tensor) => ({
      ...tensor,
      data: () => (asked.push(tensor.name), tensor.data as Float32Array),
    }));
    writeSafetensors(path, lazy, { metadata: { format: 'pt' } });
    expect(readFileSync(path).equals(readFileSync(`${golden}/mixed.safetensors`))).toBe(true);
    const file = openSafetensors(path);
    expect(asked).toEqual(file.names);
    file.close();
  });

  it.each(['BF16', 'F32'] as const)(
    'writes a part of a buffer in %s, longer than one conversion takes',
    (dtype) => {
      const count = (1 << 22) + 3;
      const data = new Float32Array(count + 1).map((_, i) => i % 251).subarray(1);
      writeSafetensors(path, [{ name: 'long', shape: [count], dtype, data }]);
      const file = openSafetensors(path);
      expect(
        Buffer.compare(Buffer.from(file.read('long').buffer), Buffer.from(data.slice().buffer)),
      ).toBe(0);
      file.close();
    },
  );

  const one = (change: Partial<WritableTensor>): WritableTensor => ({
    name: 'x',
    shape: [2],
    dtype: 'F32',
    data: new Float32Array(2),
    ...change,
  });
  it.each([
    ['a name given twice', [one({}), one({})], /"x" is given twice/],
    ['the reserved name', [one({ name: '__metadata__' })], /reserved/],
    ['too few elements', [one({ shape: [3] })], /"x": shape \[3\] takes 3 elements, found 2/],
    [
      'integers as floats',
      [one({ data: new Int32Array(2) })],
      /"x": Int32Array cannot be written as F32/,
    ],
    ['floats as integers', [one({ dtype: 'I32' })], /"x": Float32Array cannot be written as I32/],
  ])('refuses %s and leaves the older file and no other', (_, tensors, message) => {
    writeFileSync(path, 'older');
    expect(() => {
      writeSafetensors(path, tensors);
    }).toThrow(message);
    expect(() => {
      writeSafetensors(path, tensors);
    }).toThrow(SafetensorsError);
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
    expect(readFileSync(path, 'utf8')).toBe('older');
  });
});

describe('openSafetensors', () => {
  it('reads every dtype that the reference writer wrote, bit for bit', () => {
    const file = openSafetensors(`${golden}/mixed.safetensors`);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.names).toHaveLength(8);
    expect([...file.read('integer')]).toEqual(expected.integer);
    for (const [name, { shape, float32Bits }] of Object.entries(expected.floats)) {
      expect(file.shapeOf(name)).toEqual(shape);
      expect([...new Uint32Array(file.read(name).buffer)]).toEqual(float32Bits);
    }
    file.close();
  });

  it('says which tensor is not there', () => {
    const file = openSafetensors(`${golden}/mixed.safetensors`);
    expect(() => file.read('nothing')).toThrow(
      /mixed\.safetensors: no tensor "nothing" among its 8/,
    );
    file.close();
  });

  const write = (header: string, bufferBytes: number, headerBytes = Buffer.byteLength(header)) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(headerBytes));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(bufferBytes)]));
  };
  const entry = (begin: number, end: number, more = '') =>
    `{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]${more}}`;

  it('accepts spaces behind the header, tensors in any order, and no tensor at all', () => {
    write(`{"b":${entry(4, 8)},"a":${entry(0, 4)}}   `, 8);
    const file = openSafetensors(path);
    expect(file.names).toEqual(['a', 'b']);
    file.close();
    write('{}', 0);
    openSafetensors(path).close();
  });

  it.each([
    [
      'a hole before the first',
      `{"x":${entry(4, 8)}}`,
      8,
      /tensor "x": bytes 0 to 4 before it belong to no/,
    ],
    ['a hole', `{"x":${entry(0, 4)},"y":${entry(8, 12)}}`, 12, /tensor "y": bytes 4 to 8/],
    ['an overlap', `{"x":${entry(0, 8)},"y":${entry(4, 12)}}`, 12, /"y": begins at byte 4, inside/],
    [
      'two names for the same bytes',
      `{"x":${entry(0, 4)},"y":${entry(0, 4)}}`,
      4,
      /inside the tensor/,
    ],
    ['a tail', `{"x":${entry(0, 4)}}`, 5, /take 4 bytes, the file holds 5/],
    ['a cut buffer', `{"x":${entry(0, 8)}}`, 7, /take 8 bytes, the file holds 7/],
    ['a name twice', `{"x":${entry(0, 4)},"x":${entry(0, 4)}}`, 4, /key "x" twice/],
    [
      'a name twice, once escaped',
      `{"x":${entry(0, 4)},"\\u0078":${entry(0, 4)}}`,
      4,
      /key "x" twice/,
    ],
    ['a field twice', `{"x":${entry(0, 4, ',"dtype":"F32"')}}`, 4, /key "dtype" twice/],
    [
      'a field too many',
      `{"x":${entry(0, 4, ',"extra":1')}}`,
      4,
      /tensor "x": unknown key "extra"/,
    ],
    ['an entry that is no object', '{"x":[0,4]}', 4, /tensor "x": its entry must be an object/],
    [
      'an unknown dtype',
      '{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}',
      4,
      /"x": unknown dtype "F31"/,
    ],
    [
      'a dtype from a prototype',
      '{"x":{"dtype":"toString","shape":[],"data_offsets":[0,0]}}',
      0,
      /unknown dtype/,
    ],
    [
      'a size that does not fit',
      '{"x":{"dtype":"F16","shape":[3],"data_offsets":[0,8]}}',
      8,
      /takes 6 bytes, data_offsets give 8/,
    ],
    [
      'a negative size',
      '{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
      4,
      /whole numbers/,
    ],
    [
      'a size beyond all numbers',
      '{"x":{"dtype":"F32","shape":[9007199254740991,4096],"data_offsets":[0,4]}}',
      4,
      /"x": F32/,
    ],
    [
      'offsets that run backwards',
      '{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}',
      4,
      /\[begin, end\]/,
    ],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, /texts only, "a" is not one/],
    ['no object', '[]', 0, /must begin with "\{"/],
    ['a space before the header', ' {}', 0, /must begin with "\{"/],
    ['no JSON', '{"x"', 0, /not JSON/],
  ])('refuses %s', (_, header, bufferBytes, message) => {
    write(header, bufferBytes);
    expect(() => openSafetensors(path)).toThrow(message);
    expect(() => openSafetensors(path)).toThrow(SafetensorsError);
    expect(() => openSafetensors(path)).toThrow(path);
  });

  it('takes braces, colons and quotes inside of names for what they are', () => {
    const name = '{"a": "\\":}';
    writeSafetensors(path, [{ name, shape: [], dtype: 'F32', data: Float32Array.of(3) }]);
    const file = openSafetensors(path);
    expect([...file.read(name)]).toEqual([3]);
    file.close();
  });

  it('refuses a header longer than the file or than the format allows', () => {
    write('{}', 0, 100);
    expect(() => openSafetensors(path)).toThrow(/its header says 100 bytes; at most 2/);
    write('{}', 0, 2 ** 53);
    expect(() => openSafetensors(path)).toThrow(SafetensorsError);
    writeFileSync(path, 'short');
    expect(() => openSafetensors(path)).toThrow(/5 bytes are too few/);
  });

  it('refuses a header that is not UTF-8', () => {
    writeFileSync(path, Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22]));
    expect(() => openSafetensors(path)).toThrow(/not UTF-8/);
  });

  it('refuses a missing file and a folder, by name', () => {
    expect(() => openSafetensors(join(folder, 'none'))).toThrow(
      /none: cannot be opened \(ENOENT\)/,
    );
    expect(() => openSafetensors(folder)).toThrow(/is not a file/);
  });

  it('refuses any file cut at any byte', () => {
    const whole = readFileSync(`${golden}/mixed.safetensors`);
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => openSafetensors(path)).toThrow(SafetensorsError);
    }
  });

  it('opens a file with a dtype it cannot read, and refuses that tensor only', () => {
    write('{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"y":' + entry(8, 12) + '}', 12);
    const file = openSafetensors(path);
    expect(file.read('y')).toHaveLength(1);
    expect(() => file.read('x')).toThrow(/tensor "x": has dtype I64/);
    file.close();
  });
});
