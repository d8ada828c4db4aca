/**
 * Pictures that were paid for: small ones, such as the simulator's, stand in the log of answers itself; for a large one
 * the log holds the name of an object, a word instead of half a megabyte.
 */
import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../storage/object-store.js';

/** Longest base64 that stands in the log itself. */
const inlineLength = 2048;

/** A picture as the log keeps it for good: its bytes in base64, or the digest that its object is named by. */
export type KeptPicture = { base64: string } | { sha256: string };

/** Pictures of one call as the log keeps them until they are scored: in base64, or in one object after each other. */
export type KeptPictures = { base64: string[] } | { object: string; byteLengths: number[] };

/** Keeps a picture for good. @throws what the store throws. */
export async function keepPicture(store: ObjectStore, base64: string): Promise<KeptPicture> {
  if (base64.length <= inlineLength) return { base64 };
  const bytes = Buffer.from(base64, 'base64');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store.put(keyOf(sha256), bytes);
  return { sha256 };
}

/** The picture in base64. @throws Error if its object is gone. */
export async function loadPicture(store: ObjectStore, kept: KeptPicture): Promise<string> {
  if ('base64' in kept) return kept.base64;
  const stored = await store.get(keyOf(kept.sha256));
  if (stored) return Buffer.from(stored.body).toString('base64');
  throw new Error(
    `The paid picture ${keyOf(kept.sha256)} is gone from ${store.bucketUri}. Delete answers/collect/ there to have it made again.`,
  );
}

/** Keeps the pictures of one call, in the object `work/drawn-pictures/<name>` if one is large. @throws what the store throws. */
export async function keepPictures(
  store: ObjectStore,
  base64: string[],
  name: string,
): Promise<KeptPictures> {
  if (base64.every(({ length }) => length <= inlineLength)) return { base64 };
  const bytes = base64.map((text) => Buffer.from(text, 'base64'));
  const object = `work/drawn-pictures/${name}`;
  await store.put(object, Buffer.concat(bytes));
  return { object, byteLengths: bytes.map(({ byteLength }) => byteLength) };
}

/** The pictures in base64; undefined if their object is gone. */
export async function loadPictures(
  store: ObjectStore,
  kept: KeptPictures,
): Promise<string[] | undefined> {
  if ('base64' in kept) return kept.base64;
  const stored = await store.get(kept.object);
  if (!stored) return undefined;
  const bytes = Buffer.from(stored.body);
  let start = 0;
  return kept.byteLengths.map((byteLength) => {
    const end = start + byteLength;
    const base64 = bytes.toString('base64', start, end);
    start = end;
    return base64;
  });
}

function keyOf(sha256: string): string {
  return `answers/pictures/${sha256}`;
}
