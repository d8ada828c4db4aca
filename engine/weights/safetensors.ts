import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float-formats.js';
import { sizeOf } from '../graph/program.js';
import {
  compareNames,
  encodeHeader,
  MAX_HEADER_BYTES,
  parseHeader,
  SafetensorsError,
  type TensorEntry,
} from './safetensors-header.js';
import { writeWholeFileSync } from '../../files/whole-file.js';

/** In the order in which the reference writer places them. */
export const writableDtypes = ['F32', 'I32', 'BF16', 'F16'] as const;
export type WritableDtype = (typeof writableDtypes)[number];
export type TensorData = Float32Array | Int32Array;

export interface WritableTensor {
  name: string;
  shape: readonly number[];
  dtype: WritableDtype;
  /** Row-major. A function is called when its turn to be written comes, so that one tensor at a time is in memory. */
  data: TensorData | (() => TensorData);
}

export interface SafetensorsFile {
  /** In the order of their bytes. */
  names: string[];
  metadata: Record<string, string>;
  shapeOf(name: string): number[];
  dtypeOf(name: string): string;
  /** Float32 for F32, BF16 and F16; Int32 for I32. Reads this tensor's bytes only, into `into` where given. */
  read(name: string, into?: TensorData): TensorData;
  close(): void;
}

/** Elements converted at a time. */
const CHUNK_ELEMENTS = 1 << 18;
/** One for all reads, which never overlap: V8 collects such arrays late. */
const halves = new Uint16Array(CHUNK_ELEMENTS);
const MAX_READ_BYTES = 1 << 30;

/**
 * Writes a safetensors file, whole or not at all; equal tensors give equal bytes whatever their order.
 *
 * Order and padding are the reference writer's: by dtype, larger first, then name; header padded to a multiple of 8.
 * Floats become BF16 or F16 rounding to nearest, ties to even. `flush`: see {@link writeWholeFileSync}.
 * @throws SafetensorsError for a name given twice, or data that does not fit its shape or dtype.
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<WritableTensor>,
  options: { metadata?: Record<string, string>; flush?: boolean } = {},
): void {
  const inOrder = [...tensors].sort(
    (a, b) =>
      writableDtypes.indexOf(a.dtype) - writableDtypes.indexOf(b.dtype) ||
      compareNames(a.name, b.name),
  );
  const entries = new Map<string, TensorEntry>();
  let end = 0;
  for (const { name, shape, dtype } of inOrder) {
    if (entries.has(name) || name === '__metadata__') {
      throw new SafetensorsError(`${path}: the name "${name}" is given twice or reserved`);
    }
    const begin = end;
    end += sizeOf(shape) * bytesPerElement(dtype);
    entries.set(name, { dtype, shape: [...shape], begin, end });
  }
  writeWholeFileSync(
    path,
    (append) => {
      append(encodeHeader({ metadata: options.metadata ?? {}, tensors: entries }));
      for (const tensor of inOrder) {
        const data = typeof tensor.data === 'function' ? tensor.data() : tensor.data;
        checkData(path, tensor, data);
        for (let at = 0; at < data.length; at += CHUNK_ELEMENTS) {
          const part = data.subarray(at, at + CHUNK_ELEMENTS);
          const encoded = encode(part, tensor.dtype);
          append(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength));
        }
      }
    },
    options,
  );
}

/**
 * Opens a safetensors file after checking all that the format forbids; the caller closes it.
 *
 * @throws SafetensorsError naming the file, and the tensor where one is at fault.
 */
export function openSafetensors(path: string): SafetensorsFile {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new SafetensorsError(
      `${path}: cannot be opened (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
  try {
    const { header, bufferStart } = readHeader(file, path);
    const entryOf = (name: string): TensorEntry => {
      const entry = header.tensors.get(name);
      if (entry) return entry;
      throw new SafetensorsError(`${path}: no tensor "${name}" among its ${header.tensors.size}`);
    };
    return {
      names: [...header.tensors]
        .sort(([a, first], [b, second]) => first.begin - second.begin || compareNames(a, b))
        .map(([name]) => name),
      metadata: header.metadata,
      shapeOf: (name) => [...entryOf(name).shape],
      dtypeOf: (name) => entryOf(name).dtype,
      read(name, into) {
        const entry = entryOf(name);
        const where = `${path}: tensor "${name}"`;
        const data = into ?? emptyData(entry);
        checkFits({ ...entry, where }, data);
        readTensor(file, bufferStart + entry.begin, { dtype: entry.dtype, data, where });
        return data;
      },
      close: () => {
        closeSync(file);
      },
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readHeader(file: number, path: string) {
  const status = fstatSync(file);
  if (!status.isFile()) throw new SafetensorsError(`${path}: is not a file`);
  const fileBytes = status.size;
  if (fileBytes < 8)
    throw new SafetensorsError(`${path}: ${fileBytes} bytes are too few for a header`);
  const start = new Uint8Array(8);
  readFully(file, start, { position: 0, where: path });
  const headerBytes = Number(new DataView(start.buffer).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > fileBytes - 8) {
    throw new SafetensorsError(
      `${path}: its header says ${headerBytes} bytes; at most ${Math.min(MAX_HEADER_BYTES, fileBytes - 8)} are possible`,
    );
  }
  const bytes = new Uint8Array(headerBytes);
  readFully(file, bytes, { position: 8, where: path });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError(`${path}: the header is not UTF-8`, { cause });
  }
  const bufferStart = 8 + headerBytes;
  return { header: parseHeader(text, path, fileBytes - bufferStart), bufferStart };
}

function emptyData({ dtype, shape }: TensorEntry): TensorData {
  const count = sizeOf(shape);
  return dtype === 'I32' ? new Int32Array(count) : new Float32Array(count);
}

function checkFits(
  { dtype, shape, where }: TensorEntry & { where: string },
  data: TensorData,
): void {
  if (!(writableDtypes as readonly string[]).includes(dtype)) {
    throw new SafetensorsError(
      `${where}: has dtype ${dtype}; ${writableDtypes.join(', ')} can be read`,
    );
  }
  if (data.length !== sizeOf(shape) || data instanceof Int32Array !== (dtype === 'I32')) {
    throw new SafetensorsError(
      `${where}: expected ${data.length} values for ${data.constructor.name}, found ${dtype} with shape [${shape.join(', ')}]`,
    );
  }
}

function readTensor(
  file: number,
  start: number,
  { dtype, data, where }: { dtype: string; data: TensorData; where: string },
): void {
  if (dtype === 'F32' || dtype === 'I32') {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    readFully(file, bytes, { position: start, where });
    return;
  }
  const convert = dtype === 'BF16' ? fromBfloat16 : fromFloat16;
  for (let at = 0; at < data.length; at += CHUNK_ELEMENTS) {
    const part = halves.subarray(0, Math.min(CHUNK_ELEMENTS, data.length - at));
    const bytes = new Uint8Array(part.buffer, 0, part.byteLength);
    readFully(file, bytes, { position: start + at * 2, where });
    convert(part, data.subarray(at, at + part.length) as Float32Array<ArrayBuffer>);
  }
}

function readFully(
  file: number,
  bytes: Uint8Array,
  { position, where }: { position: number; where: string },
): void {
  for (let at = 0; at < bytes.byteLength;) {
    const length = Math.min(MAX_READ_BYTES, bytes.byteLength - at);
    const got = readSync(file, bytes, at, length, position + at);
    if (got === 0)
      throw new SafetensorsError(`${where}: the file became shorter while it was read`);
    at += got;
  }
}

function checkData(path: string, { name, shape, dtype }: WritableTensor, data: TensorData): void {
  if (data.length !== sizeOf(shape)) {
    throw new SafetensorsError(
      `${path}: tensor "${name}": shape [${shape.join(', ')}] takes ${sizeOf(shape)} elements, found ${data.length}`,
    );
  }
  if (data instanceof Int32Array !== (dtype === 'I32')) {
    throw new SafetensorsError(
      `${path}: tensor "${name}": ${data.constructor.name} cannot be written as ${dtype}`,
    );
  }
}

function encode(data: TensorData, dtype: WritableDtype): TensorData | Uint16Array {
  if (dtype === 'BF16') return toBfloat16(data as Float32Array);
  if (dtype === 'F16') return toFloat16(data as Float32Array);
  return data;
}

function bytesPerElement(dtype: WritableDtype): number {
  return dtype === 'F32' || dtype === 'I32' ? 4 : 2;
}
