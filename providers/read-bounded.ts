/** All bytes of a stream; undefined, and the rest unread, if there are more than `maxBytes`. */
export async function readBounded(
  stream: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of stream ?? []) {
    byteLength += chunk.length;
    if (byteLength > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return joinChunks(chunks);
}

/** All bytes of a body that was read whole; a body of one chunk is not copied. */
export function joinChunks(chunks: Uint8Array[]): Uint8Array {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
