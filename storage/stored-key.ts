import { InputInvalidError } from '../files/input-invalid-error.js';
import { assertObjectKey, type ObjectStore } from './object-store.js';

/**
 * The key of an `s3://bucket/key` address in the configured store; patterns and a last slash are left in it.
 *
 * @throws InputInvalidError if it is of another bucket or no key that every server understands.
 */
export function keyIn(address: string, store: ObjectStore, what: string): string {
  const prefix = `${store.bucketUri}/`;
  if (!address.startsWith(prefix)) {
    throw new InputInvalidError(
      `${what} ${address} is not in the configured store (${store.bucketUri}). Copy it there, or give a path.`,
    );
  }
  const key = address.slice(prefix.length);
  const plain = key.replace(/\/$/, '').replaceAll(/[*?]/g, 'x');
  try {
    if (plain !== '') assertObjectKey(plain);
  } catch (cause) {
    throw new InputInvalidError(`${what} ${address} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return key;
}
