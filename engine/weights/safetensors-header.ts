/**
 * The header of a safetensors file: which bytes belong to which tensor.
 *
 * Source: the format section of the safetensors README and the checks of its reference reader.
 */

import { sizeOf } from '../graph/program.js';

/** Bits an element of each dtype of the format. */
const DTYPE_BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** Room for a quarter of a million tensors; the reference reader takes 100 MB, of which a hostile header makes gigabytes of objects. */
export const MAX_HEADER_BYTES = 1 << 25;

export interface TensorEntry {
  dtype: string;
  shape: number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, TensorEntry>;
}

/** A file that is not what the safetensors format allows, or a tensor that cannot be written or read. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
}

/**
 * The checked content of a header: each entry well-formed, each byte of the buffer in exactly one tensor.
 *
 * @param where the file's path, for messages.
 * @param bufferBytes bytes that follow the header.
 * @throws SafetensorsError naming file and tensor.
 */
export function parseHeader(text: string, where: string, bufferBytes: number): SafetensorsHeader {
  const fail = (message: string): never => {
    throw new SafetensorsError(`${where}: ${message}`);
  };
  if (!text.startsWith('{'))
    fail(`the header must begin with "{", found ${JSON.stringify(text[0] ?? '')}`);
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new SafetensorsError(`${where}: the header is not JSON`, { cause });
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(`the header holds the key "${twice}" twice`);

  const header: SafetensorsHeader = { metadata: {}, tensors: new Map() };
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') header.metadata = parseMetadata(value, fail);
    else
      header.tensors.set(
        name,
        parseEntry(value, (message) => fail(`tensor "${name}": ${message}`)),
      );
  }
  checkCoverage(header.tensors, bufferBytes, fail);
  return header;
}

/** The bytes of a header, padded with spaces to a multiple of 8, its length in front. */
export function encodeHeader(header: SafetensorsHeader): Uint8Array {
  const metadata = Object.entries(header.metadata).sort(([a], [b]) => compareNames(a, b));
  const entries = Array.from(header.tensors, ([name, { dtype, shape, begin, end }]) =>
    member(name, JSON.stringify({ dtype, shape, data_offsets: [begin, end] })),
  );
  if (metadata.length > 0) {
    const texts = metadata.map(([key, text]) => member(key, JSON.stringify(text)));
    entries.unshift(member('__metadata__', `{${texts.join()}}`));
  }
  const body = Buffer.from(`{${entries.join()}}`);
  const bytes = Buffer.alloc(8 + Math.ceil(body.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  body.copy(bytes, 8);
  return bytes;
}

/** A key and its value in JSON. Objects of JavaScript would put keys like "10" first, in the order of numbers. */
function member(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
}

/** Order of names by their UTF-8 bytes, as the reference writer sorts. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function parseMetadata(value: unknown, fail: (message: string) => never): Record<string, string> {
  if (!isRecord(value)) return fail('"__metadata__" must be an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') fail(`"__metadata__" must hold texts only, "${key}" is not one`);
  }
  return value as Record<string, string>;
}

function parseEntry(value: unknown, fail: (message: string) => never): TensorEntry {
  if (!isRecord(value)) return fail('its entry must be an object');
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BITS, dtype)) {
    return fail(`unknown dtype ${JSON.stringify(dtype)}`);
  }
  if (!isSizes(shape))
    return fail(`shape must be whole numbers >= 0, found ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return fail(`data_offsets must be [begin, end], found ${JSON.stringify(offsets)}`);
  }
  if (Object.keys(others).length > 0) return fail(`unknown key "${Object.keys(others)[0]}"`);
  const [begin, end] = offsets as [number, number];
  const bits = sizeOf(shape) * DTYPE_BITS[dtype]!;
  if (!Number.isSafeInteger(bits) || bits !== (end - begin) * 8) {
    return fail(
      `${dtype} [${shape.join(', ')}] takes ${bits / 8} bytes, data_offsets give ${end - begin}`,
    );
  }
  return { dtype, shape, begin, end };
}

function checkCoverage(
  tensors: Map<string, TensorEntry>,
  bufferBytes: number,
  fail: (message: string) => never,
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of inOrder) {
    if (begin > covered)
      fail(`tensor "${name}": bytes ${covered} to ${begin} before it belong to no tensor`);
    if (begin < covered)
      fail(`tensor "${name}": begins at byte ${begin}, inside the tensor before it`);
    covered = end;
  }
  if (covered !== bufferBytes) {
    fail(
      `the tensors take ${covered} bytes, the file holds ${bufferBytes}: cut off or with a tail`,
    );
  }
}

/** The first key that one object of a valid JSON text holds twice. JSON.parse keeps the last and is silent. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}]/gs)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
