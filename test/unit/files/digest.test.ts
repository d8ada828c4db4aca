import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, sha256, sha256OfFile } from '../../../files/digest.js';

/** FIPS 180-2, appendix B.1. */
const digestOfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('sha256', () => {
  it('gives the published digest of "abc" for text, bytes and a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'burnish-digest-'));
    await writeFile(join(folder, 'abc'), 'abc');
    expect(sha256('abc')).toBe(digestOfAbc);
    expect(sha256(Uint8Array.from([97, 98, 99]))).toBe(digestOfAbc);
    expect(await sha256OfFile(join(folder, 'abc'))).toBe(digestOfAbc);
    await rm(folder, { recursive: true });
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order in which fields were set, at any depth', () => {
    const one = { b: [{ y: 1, x: 2 }], a: 'text' };
    const other = { a: 'text', b: [{ x: 2, y: 1 }] };
    expect(canonicalJson(one)).toBe('{"a":"text","b":[{"x":2,"y":1}]}');
    expect(digestOf(one)).toBe(digestOf(other));
  });

  it('takes an undefined field for an absent one', () => {
    expect(canonicalJson({ a: 1, b: undefined })).toBe('{"a":1}');
  });

  it('keeps the order of lists', () => {
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  });

  it('reads back as the value it was made from', () => {
    const value = { text: 'ein "Käse"\n', number: -1.5e-7, nothing: null, yes: true, list: [] };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  it.each([[Number.NaN], [Infinity], [() => 1], [1n], [undefined], [new Date(0)], [new Map()]])(
    'refuses %s, which JSON would change or drop',
    (value) => {
      expect(() => canonicalJson({ nested: [value] })).toThrow(TypeError);
    },
  );
});
