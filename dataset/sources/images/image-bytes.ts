/** A larger picture is put aside: no vision model takes it, and a false size must not fill the memory. */
export const MAX_IMAGE_BYTES = 20 * 1024 * 1024;

export type ImageMediaType = 'image/png' | 'image/jpeg' | 'image/webp';

export interface Image {
  bytes: Uint8Array;
  mediaType: ImageMediaType;
}

/** A picture cannot be had: missing, too large, of an unknown format or where it may not be. It spoils its row only. */
export class ImageUnreadableError extends Error {
  override readonly name = 'ImageUnreadableError';
}

/**
 * The picture these bytes are, by their first ones: what a name or a server says of them is not asked.
 *
 * @throws ImageUnreadableError if they are too many or neither PNG, JPEG nor WebP.
 */
export function imageOf(bytes: Uint8Array, label: string): Image {
  assertImageSize(bytes.byteLength, label);
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1A\n')) return { bytes, mediaType: 'image/png' };
  if (start.startsWith('\xFF\xD8\xFF')) return { bytes, mediaType: 'image/jpeg' };
  if (/^RIFF[^]{4}WEBP$/.test(start)) return { bytes, mediaType: 'image/webp' };
  throw new ImageUnreadableError(
    `${label} is neither PNG, JPEG nor WebP; it begins with ${JSON.stringify(start.slice(0, 8))}.`,
  );
}

/** @throws ImageUnreadableError if a picture has no bytes or too many. */
export function assertImageSize(byteLength: number, label: string): void {
  if (byteLength > 0 && byteLength <= MAX_IMAGE_BYTES) return;
  const found = byteLength === 0 ? 'is empty' : `has ${byteLength} bytes`;
  throw new ImageUnreadableError(
    `${label} ${found}; expected a picture of 1 to ${MAX_IMAGE_BYTES} bytes.`,
  );
}
