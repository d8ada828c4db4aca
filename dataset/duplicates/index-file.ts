import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { writeWholeFile } from '../../files/whole-file.js';
import { KeySet, NumberSets } from './number-sets.js';

// A file is 32-bit little-endian numbers: MAGIC, VERSION, the threshold (two), texts, ids, shingles in all; two a text (its
// key); two an id; one a text (how many shingles); the shingles; then 32 bytes, the SHA-256 of all before. The tables of
// bands are made anew.
const MAGIC = 0x49445542; // "BUDI"
const VERSION = 1;
const HEADER_LENGTH = 7;
const DIGEST_BYTES = 32;
/** Sets read or written at a time. */
const GROUP = 4096;

/** What an index is made of. */
export interface IndexContent {
  /** Keys of the texts, in order: see `tokenKey`. */
  keys: KeySet;
  /** Ids of the rows. */
  ids: KeySet;
  /** Hashes of the texts' shingles, in order. */
  shingles: NumberSets;
}

interface SavedIndex {
  threshold: number;
  content: IndexContent;
}

/** @throws Error on a machine that is not little-endian. */
export async function saveIndex(path: string, { threshold, content }: SavedIndex): Promise<void> {
  assertLittleEndian();
  const { keys, ids, shingles } = content;
  const lengths = Uint32Array.from({ length: shingles.size }, (_, i) => shingles.at(i).length);
  const shingleCount = lengths.reduce((sum, length) => sum + length, 0);
  await writeWholeFile(path, async (append) => {
    const digest = createHash('sha256');
    const write = async (bytes: Uint8Array) => {
      digest.update(bytes);
      await append(bytes);
    };
    await write(bytesOf(Uint32Array.of(MAGIC, VERSION)));
    await write(new Uint8Array(Float64Array.of(threshold).buffer));
    await write(bytesOf(Uint32Array.of(keys.size, ids.size, shingleCount)));
    await write(bytesOf(keys.hashes));
    await write(bytesOf(ids.hashes));
    await write(bytesOf(lengths));
    for (let start = 0; start < shingles.size; start += GROUP) {
      const end = Math.min(start + GROUP, shingles.size);
      const sets = Array.from({ length: end - start }, (_, i) => bytesOf(shingles.at(start + i)));
      await write(Buffer.concat(sets));
    }
    await append(digest.digest());
  });
}

/** @throws InputInvalidError if the file is missing, torn, changed, or of another format. */
export async function loadIndex(path: string): Promise<SavedIndex> {
  assertLittleEndian();
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw unusable(path, `it cannot be read (${(cause as Error).message})`, cause);
  }
  try {
    const digest = createHash('sha256');
    const read = async (count: number) => {
      const numbers = new Uint32Array(count);
      await readInto(file, bytesOf(numbers));
      digest.update(bytesOf(numbers));
      return numbers;
    };
    const { size } = await file.stat();
    if (size < HEADER_LENGTH * 4 + DIGEST_BYTES) throw unusable(path, `it has ${size} bytes`);
    const header = await read(HEADER_LENGTH);
    const [magic, version, , , keyCount = 0, idCount = 0, shingleCount = 0] = header;
    if (magic !== MAGIC) throw unusable(path, 'it is of another format');
    if (version !== VERSION) {
      throw unusable(path, `it is of version ${version ?? 0}, and ${VERSION} is expected`);
    }
    const expected = 4 * (HEADER_LENGTH + 3 * keyCount + 2 * idCount + shingleCount) + DIGEST_BYTES;
    if (size !== expected) throw unusable(path, `expected ${expected} bytes, found ${size}`);
    const keys = keySetOf(await read(2 * keyCount));
    const ids = keySetOf(await read(2 * idCount));
    const lengths = await read(keyCount);
    const shingles = new NumberSets();
    for (let start = 0; start < keyCount; start += GROUP) {
      const own = lengths.subarray(start, start + GROUP);
      const numbers = await read(own.reduce((sum, length) => sum + length, 0));
      let offset = 0;
      for (const length of own) shingles.add(numbers.subarray(offset, (offset += length)));
    }
    const stated = Buffer.alloc(DIGEST_BYTES);
    await readInto(file, stated);
    if (!stated.equals(digest.digest())) throw unusable(path, 'its SHA-256 is not the stated one');
    const [threshold = 0] = new Float64Array(header.buffer.slice(8, 16));
    return { threshold, content: { keys, ids, shingles } };
  } finally {
    await file.close();
  }
}

function keySetOf(hashes: Uint32Array): KeySet {
  const keys = new KeySet();
  for (let i = 0; i < hashes.length; i += 2) {
    keys.addHash({ high: hashes[i] as number, low: hashes[i + 1] as number });
  }
  return keys;
}

async function readInto(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesRead } = await file.read(bytes, offset, bytes.length - offset);
    if (bytesRead === 0) throw new Error('The file ends before the length it had.');
    offset += bytesRead;
  }
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function unusable(path: string, problem: string, cause?: unknown): InputInvalidError {
  return new InputInvalidError(
    `The duplicate index ${path} cannot be used: ${problem}. Fetch or save it again; without it, repetitions of earlier data are not found.`,
    { cause },
  );
}

function assertLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('Duplicate indexes need a little-endian machine.');
}
