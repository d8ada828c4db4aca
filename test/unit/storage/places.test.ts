import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { insideRoot, keyIn, parsePlace } from '../../../storage/places.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';
import { makeFiles } from '../../support/folders.js';

const store = createMemoryStore();
const naming = {
  what: 'Source',
  store,
  bundled: { noun: 'file', folder: '/data' },
  unknownScheme: 'has an unknown scheme; expected bundled:NAME, s3://bucket/key or a path.',
};

describe('parsePlace', () => {
  it.each([
    ['bundled:prompts.jsonl.gz', { bundled: '/data/prompts.jsonl.gz' }],
    ['s3://memory/a/b.csv', { object: 'a/b.csv' }],
    ['s3://memory/a/*.csv', { object: 'a/*.csv' }],
    ['s3://memory/a/', { object: 'a/' }],
    ['data/prompts.csv', { file: 'data/prompts.csv' }],
    ['/data/prompts.csv', { file: '/data/prompts.csv' }],
  ])('%s', (named, place) => {
    expect(parsePlace(named, naming)).toEqual(place);
  });

  it.each([
    ['bundled:../secrets', 'Source bundled:../secrets does not name a bundled file.'],
    ['bundled:', 'Source bundled: does not name a bundled file.'],
    [
      's3://other/x.csv',
      'Source s3://other/x.csv is not in the configured store (s3://memory). Copy it there, or give a path.',
    ],
    ['s3://memory/a//b', 'Source s3://memory/a//b cannot be read: '],
    [
      'ftp://x/y',
      'Source ftp://x/y has an unknown scheme; expected bundled:NAME, s3://bucket/key or a path.',
    ],
  ])('refuses %s', (named, message) => {
    expect(() => parsePlace(named, naming)).toThrow(message);
  });

  it('knows only the schemes that its caller has', () => {
    const { what, unknownScheme } = naming;
    for (const named of ['s3://memory/x', 'bundled:x']) {
      expect(() => parsePlace(named, { what, unknownScheme })).toThrow(`${named} has an unknown`);
    }
  });
});

it('keyIn leaves patterns and a last slash in the key', () => {
  expect(keyIn('s3://memory/a/?.csv', store, 'Source')).toBe('a/?.csv');
  expect(keyIn('s3://memory/', store, 'Source')).toBe('');
});

it('insideRoot lets a relative path leave neither by dots nor by a link, and takes an absolute one', async () => {
  const root = await makeFiles({ 'a.csv': 'x' });
  const outside = await makeFiles({ 'b.csv': 'x' });
  await symlink(join(outside, 'b.csv'), join(root, 'link.csv'));
  await symlink(join(root, 'a.csv'), join(root, 'own.csv'));
  expect(await insideRoot('a.csv', root)).toBe(join(root, 'a.csv'));
  expect(await insideRoot('own.csv', root)).toBe(join(root, 'own.csv'));
  expect(await insideRoot('nothing.csv', root)).toBe(join(root, 'nothing.csv'));
  expect(await insideRoot(join(outside, 'b.csv'), root)).toBe(join(outside, 'b.csv'));
  for (const named of ['../b.csv', 'x/../../b.csv', 'link.csv']) {
    await expect(insideRoot(named, root, `Model ${named}`)).rejects.toThrow(
      `Model ${named} leaves the folder that relative paths are taken from. Move the file into it, or give an absolute path.`,
    );
  }
});
