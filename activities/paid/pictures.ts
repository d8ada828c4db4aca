import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../storage/object-store.js';

/** Smaller pictures, such as the simulator's, stand in the log itself. */
const inlineBytes = 2048;

/** A picture as the log keeps it: its bytes in base64, or the name of its own object. */
export type KeptPicture = { base64: string } | { sha256: string };

/** Keeps a picture that was paid for; the log then holds a word instead of half a megabyte. */
export async function keepPicture(store: ObjectStore, base64: string): Promise<KeptPicture> {
  if (base64.length <= inlineBytes) return { base64 };
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

function keyOf(sha256: string): string {
  return `answers/pictures/${sha256}`;
}
