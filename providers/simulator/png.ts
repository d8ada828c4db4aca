/**
 * One grey pixel as a PNG, with what a picture would show in a `tEXt` chunk: the simulator renders nothing.
 *
 * Format: PNG specification (ISO/IEC 15948), chunks of length, type, data, CRC-32.
 */
export interface SimulatedImage {
  simulated: true;
  prompt: string;
  /** Seed of the request. */
  seed: number;
  /** Place among the request's pictures. */
  index: number;
}

const KEYWORD = 'burnish-simulated';
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** The bytes of a simulated picture. `tEXt` is Latin-1, so the JSON inside escapes all but ASCII. */
export function writeSimulatedPng(image: SimulatedImage): Buffer {
  const json = JSON.stringify(image).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.concat([HEAD, chunk('tEXt', Buffer.from(`${KEYWORD}\0${json}`, 'latin1')), TAIL]);
}

/** What a simulated picture shows; undefined if the bytes are no picture of the simulator's. */
export function readSimulatedPng(bytes: Buffer): SimulatedImage | undefined {
  if (bytes.length < 8 || !bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) return undefined;
    if (bytes.toString('latin1', at + 4, at + 8) === 'tEXt') {
      if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return undefined;
      return parseText(bytes.toString('latin1', at + 8, end));
    }
    at = end + 4;
  }
  return undefined;
}

function parseText(text: string): SimulatedImage | undefined {
  if (!text.startsWith(`${KEYWORD}\0`)) return undefined;
  try {
    const image = JSON.parse(text.slice(KEYWORD.length + 1)) as Partial<SimulatedImage>;
    const { prompt, seed, index } = image;
    return typeof prompt === 'string' && typeof seed === 'number' && typeof index === 'number'
      ? { simulated: true, prompt, seed, index }
      : undefined;
  } catch {
    return undefined;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** 1 x 1, 8 bits, grey. */
const HEAD = Buffer.concat([
  SIGNATURE,
  chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
]);
/** zlib stream of one filter byte and one grey byte, stored. */
const PIXEL = Buffer.from([
  0x78, 0x01, 0x01, 0x02, 0x00, 0xfd, 0xff, 0x00, 0x80, 0x00, 0x82, 0x00, 0x81,
]);
const TAIL = Buffer.concat([chunk('IDAT', PIXEL), chunk('IEND', Buffer.alloc(0))]);
