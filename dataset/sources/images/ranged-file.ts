import { open, stat } from 'node:fs/promises';
import type { ObjectStore } from '../../../storage/object-store.js';
import { ImageUnreadableError } from './image.js';

/** A file or an object of which parts are read. */
export interface RangedFile {
  label: string;
  /** Changes when the content does, as far as can be known without reading it. */
  version: string;
  byteLength: number;
  /** Bytes `from` up to and without `to`, all of them. */
  read: (from: number, to: number) => Promise<Buffer>;
}

/** @throws ImageUnreadableError if there is no such file. */
export async function rangedFile(path: string, label: string): Promise<RangedFile> {
  const found = await stat(path).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ImageUnreadableError(`${label} does not exist or cannot be read (${code}).`, {
      cause,
    });
  });
  if (!found.isFile()) throw new ImageUnreadableError(`${label} is not a file.`);
  return {
    label,
    version: `${found.size}-${found.mtimeMs}`,
    byteLength: found.size,
    async read(from, to) {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
        return whole(buffer.subarray(0, bytesRead), to - from, label);
      } finally {
        await file.close();
      }
    },
  };
}

/** @throws ImageUnreadableError if there is no such object. */
export async function rangedObject(
  store: ObjectStore,
  key: string,
  label: string,
): Promise<RangedFile> {
  for await (const object of store.list(key)) {
    if (object.key !== key) continue;
    const { byteLength, lastModified } = object;
    return {
      label,
      version: `${byteLength}-${lastModified.getTime()}`,
      byteLength,
      async read(from, to) {
        const bytes = await store.getRange(key, from, to - 1);
        return whole(Buffer.from(bytes ?? []), to - from, label);
      },
    };
  }
  throw new ImageUnreadableError(`${label} does not exist.`);
}

function whole(bytes: Buffer, expected: number, label: string): Buffer {
  if (bytes.byteLength === expected) return bytes;
  throw new ImageUnreadableError(
    `${label} is torn: ${expected} bytes were expected and ${bytes.byteLength} found.`,
  );
}
