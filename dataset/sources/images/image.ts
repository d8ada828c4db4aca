import { mediaTypeOfBytes } from '../../../providers/image-bytes.js';

/** A larger picture is put aside: no vision model takes it, and a false size must not fill the memory. */
export const MAX_IMAGE_BYTES = 20 * 1024 * 1024;

/** Formats that vision models take. */
const FORMATS = ['image/png', 'image/jpeg', 'image/webp'] as const;

export interface Image {
  bytes: Uint8Array;
  mediaType: (typeof FORMATS)[number];
}

/** A picture cannot be had: missing, too large, of an unknown format or where it may not be. It spoils its row only. */
export class ImageUnreadableError extends Error {
  override readonly name = 'ImageUnreadableError';
}

/**
 * The picture these bytes are, by their first ones, whatever a name or a server says of them.
 *
 * @throws ImageUnreadableError if they are too many or neither PNG, JPEG nor WebP.
 */
export function imageOf(bytes: Uint8Array, label: string): Image {
  assertImageSize(bytes.byteLength, label);
  const mediaType = mediaTypeOfBytes(bytes, FORMATS);
  if (mediaType !== undefined) return { bytes, mediaType };
  const start = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  throw new ImageUnreadableError(
    `${label} is neither PNG, JPEG nor WebP; it begins with ${JSON.stringify(start)}.`,
  );
}

/** @throws ImageUnreadableError if a picture has no bytes or too many. */
export function assertImageSize(byteLength: number, label: string): void {
  if (byteLength > 0 && byteLength <= MAX_IMAGE_BYTES) return;
  throw new ImageUnreadableError(imageSizeProblem(byteLength, label));
}

/** What is wrong with a picture that has no bytes or too many, as a sentence. */
export function imageSizeProblem(byteLength: number, label: string): string {
  const found = byteLength === 0 ? 'is empty' : `has ${byteLength} bytes`;
  return `${label} ${found}; expected a picture of 1 to ${MAX_IMAGE_BYTES} bytes.`;
}
