import { expect, it } from 'vitest';
import { imageOf, mediaTypeOf, mediaTypeOfBytes } from '../../../providers/image-bytes.js';

const files = {
  'image/png': Buffer.from('89504e470d0a1a0a0000', 'hex'),
  'image/jpeg': Buffer.from('ffd8ffe000104a464946', 'hex'),
  'image/webp': Buffer.from('RIFF\x04\0\0\0WEBPVP8 ', 'latin1'),
  'image/gif': Buffer.from('GIF89a\0\0', 'latin1'),
} as const;

it('a picture is told by its first bytes, in base64 as in bytes', () => {
  for (const [mediaType, bytes] of Object.entries(files)) {
    expect(mediaTypeOf(bytes.toString('base64'))).toBe(mediaType);
  }
});

it('a format that the caller does not accept is none', () => {
  expect(mediaTypeOfBytes(files['image/gif'], ['image/png', 'image/gif'])).toBe('image/gif');
  expect(mediaTypeOfBytes(files['image/gif'], ['image/png', 'image/webp'])).toBeUndefined();
});

it('another RIFF file is no WebP, nor is text that merely decodes to a picture', () => {
  const wave = Buffer.from('RIFF\x04\0\0\0WAVEfmt ', 'latin1').toString('base64');
  const base64 = files['image/png'].toString('base64');
  expect(imageOf(wave)).toBeUndefined();
  expect(imageOf(`\n${base64}`)).toBeUndefined();
  expect(imageOf(`data:image/png;base64,${base64}`)).toEqual({ base64 });
});
