/** A picture: the bytes of its file in base64. */
export interface GeneratedImage {
  base64: string;
}

/** Media types by the bytes a file of them starts with, as its base64 starts. */
const STARTS = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['UklGR', 'image/webp'],
  ['R0lGOD', 'image/gif'],
] as const;

/** The media type of a picture in base64; undefined if it is none of PNG, JPEG, WebP and GIF. */
export function mediaTypeOf(base64: string): string | undefined {
  return STARTS.find(([start]) => base64.startsWith(start))?.[1];
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
