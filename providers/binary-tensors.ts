import type { AnswerHeaders } from './attempt.js';

/**
 * The binary tensor data extension of the Open Inference Protocol: the request's or the answer's JSON, whose length a
 * header tells, and behind it the bytes of the tensors one after the other, little-endian.
 */
export const HEADER_LENGTH = 'inference-header-content-length';

/** A BYTES tensor: each element with its length in 4 bytes before it. */
export function encodeBytesTensor(elements: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

/** The body of a request and the headers that say where its JSON ends. */
export function joinBinary(
  json: unknown,
  tensors: readonly Uint8Array[],
): { bytes: Uint8Array; headers: Record<string, string> } {
  const header = Buffer.from(JSON.stringify(json));
  return {
    bytes: Buffer.concat([header, ...tensors]),
    headers: {
      'content-type': 'application/octet-stream',
      [HEADER_LENGTH]: String(header.length),
    },
  };
}

/**
 * The JSON of an answer with its binary tensors read into `data`; an answer without the header is plain JSON.
 *
 * @throws Error with what is wrong if lengths or types do not fit.
 */
export function splitBinary(bytes: Uint8Array, headers: AnswerHeaders): unknown {
  const told = headers.get(HEADER_LENGTH);
  const length = told === null ? bytes.length : Number(told);
  if (!Number.isInteger(length) || length < 0 || length > bytes.length) {
    throw new Error(`a JSON part of ${told ?? ''} bytes in ${bytes.length}`);
  }
  const json = parseJson(bytes.subarray(0, length)) as { outputs?: BinaryOutput[] };
  let at = length;
  if (!Array.isArray(json.outputs)) return json;
  for (const output of json.outputs) {
    const size = output.parameters?.binary_data_size;
    if (size === undefined) continue;
    if (!Number.isInteger(size) || size < 0 || at + size > bytes.length) {
      throw new Error(`a tensor of ${String(size)} bytes where ${bytes.length - at} are left`);
    }
    output.data = decodeNumbers(bytes.subarray(at, at + size), String(output.datatype));
    at += size;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes behind its last tensor`);
  return json;
}

interface BinaryOutput {
  datatype?: unknown;
  parameters?: { binary_data_size?: number } | null;
  data?: unknown;
}

function decodeNumbers(bytes: Uint8Array, datatype: string): number[] {
  const width = { FP32: 4, FP64: 8 }[datatype];
  if (width === undefined)
    throw new Error(`a binary tensor of ${datatype} instead of FP32 or FP64`);
  if (bytes.length % width !== 0)
    throw new Error(`${bytes.length} bytes as a tensor of ${datatype}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / width }, (_, index) =>
    width === 4 ? view.getFloat32(index * 4, true) : view.getFloat64(index * 8, true),
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    throw new Error(`something that is not JSON (${bytes.length} bytes)`);
  }
}
