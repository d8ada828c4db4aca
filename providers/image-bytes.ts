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
export function dataUrlBase64(url: string): string | undefined {
  const found = /^data:(?:image\/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/]+=*)$/.exec(url);
  return found?.[1];
}
