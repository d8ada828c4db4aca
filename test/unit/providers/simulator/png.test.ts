import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSimulatedPng, writeSimulatedPng } from '../../../../providers/simulator/png.js';

const image = { simulated: true as const, prompt: 'a “naïve” 猫, 8k 🐈', seed: 12, index: 3 };

describe('writeSimulatedPng', () => {
  it('gives back what the picture shows, in any script', () => {
    expect(readSimulatedPng(writeSimulatedPng(image))).toEqual(image);
  });
  it('says in plain ASCII that it is simulated', () => {
    expect(writeSimulatedPng(image).toString('latin1')).toContain(
      'burnish-simulated\0{"simulated":true',
    );
  });
  it('is a PNG of one pixel: signature, IHDR, tEXt, IDAT, IEND', () => {
    const png = writeSimulatedPng(image);
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    const chunks: [string, Buffer][] = [];
    for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
      const length = png.readUInt32BE(at);
      chunks.push([png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    }
    expect(chunks.map(([type]) => type)).toEqual(['IHDR', 'tEXt', 'IDAT', 'IEND']);
    expect(chunks[0]![1].toString('hex')).toBe('00000001000000010800000000');
    // One filter byte and one grey byte.
    expect([...inflateSync(chunks[2]![1])]).toEqual([0, 128]);
    // The well-known checksum of an empty IEND chunk.
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
  });
});

describe('readSimulatedPng', () => {
  it('refuses a flipped bit, a torn file and other bytes', () => {
    const png = writeSimulatedPng(image);
    const flipped = Buffer.from(png);
    // "8k" becomes "9k": still JSON, only the checksum tells.
    flipped[flipped.indexOf('8k')]! ^= 1;
    expect(readSimulatedPng(flipped)).toBeUndefined();
    for (let length = 0; length < png.length - 40; length += 7) {
      expect(readSimulatedPng(png.subarray(0, length))).toBeUndefined();
    }
    expect(readSimulatedPng(Buffer.from('GIF89a, not a picture of ours'))).toBeUndefined();
  });
});
