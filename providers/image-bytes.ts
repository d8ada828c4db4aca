/** A picture: the bytes of its file in base64. */
export interface GeneratedImage {
  base64: string;
}

/** How the files of each format begin, as Latin-1. */
const STARTS = {
  'image/png': /^\x89PNG\r\n\x1A\n/,
  'image/jpeg': /^\xFF\xD8\xFF/,
  'image/webp': /^RIFF[^]{4}WEBP/,
  'image/gif': /^GIF8[79]a/,
} as const;
const START_BYTES = 12;

export type ImageMediaType = keyof typeof STARTS;

/** The format of a picture by its first bytes, or undefined if it is none of `accepted`; its name and server have no say. */
export function mediaTypeOfBytes<Accepted extends ImageMediaType>(
  bytes: Uint8Array,
  accepted: readonly Accepted[],
): Accepted | undefined {
  const start = Buffer.from(bytes.subarray(0, START_BYTES)).toString('latin1');
  return accepted.find((mediaType) => STARTS[mediaType].test(start));
}

/** The media type of a picture in base64; undefined if it is none of PNG, JPEG, WebP and GIF. */
export function mediaTypeOf(base64: string): ImageMediaType | undefined {
  const start = base64.slice(0, (START_BYTES / 3) * 4);
  // Node decodes around characters that are not base64.
  if (!/^[A-Za-z0-9+/]+=*$/.test(start)) return undefined;
  return mediaTypeOfBytes(Buffer.from(start, 'base64'), Object.keys(STARTS) as ImageMediaType[]);
}

/** The base64 of a `data:` URL of a picture; undefined if it is no such URL. */
function dataUrlBase64(url: string): string | undefined {
  const found = /^data:(?:image\/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/]+=*)$/.exec(url);
  return found?.[1];
}

/** A picture from the base64 or the data URL a server gave; undefined if it is neither. */
export function imageOf(text: string): GeneratedImage | undefined {
  const base64 = text.startsWith('data:') ? dataUrlBase64(text) : text;
  return base64 !== undefined && mediaTypeOf(base64) !== undefined ? { base64 } : undefined;
}
