import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256 of bytes or of a text's UTF-8, lower-case hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of a local file, lower-case hex; streams. */
export async function sha256OfFile(path: string): Promise<string> {
  return (await digestOfStream(createReadStream(path, { highWaterMark: 1024 * 1024 }))).sha256;
}

/** Size and SHA-256 (lower-case hex) of all that a stream gives. */
export async function digestOfStream(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ byteLength: number; sha256: string }> {
  const hash = createHash('sha256');
  let byteLength = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    byteLength += chunk.byteLength;
  }
  return { byteLength, sha256: hash.digest('hex') };
}

/**
 * JSON with keys sorted by code unit and no white space: equal values, equal text.
 * @throws TypeError for what JSON cannot hold (functions, dates, NaN, infinities, bigint); absent and undefined fields are equal.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlainObject(value)) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  throw new TypeError(
    `Canonical JSON expects a JSON value and found a value of type ${typeof value}.`,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** SHA-256 of a value's canonical JSON: equal values, equal digest. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
