import {
  chmod,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestSchema } from '../../../contracts/artifact.js';
import {
  ArtifactCorruptError,
  hasArtifact,
  readArtifact,
  writeArtifact,
} from '../../../storage/artifacts.js';
import { canonicalJson, sha256 } from '../../../files/digest.js';
import { FolderInvalidError } from '../../../storage/file-set.js';
import { deleteKey, dieAt, findKey, flipBit, withHook } from '../../support/fakes/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

const files = { 'config.json': '{"layers":2}', 'weights/part-0.bin': 'abc', empty: '' };

describe('writeArtifact', () => {
  it('addresses equal content equally, wherever the files lay', async () => {
    const store = createMemoryStore();
    const one = await writeArtifact(store, 'model', await makeFiles(files));
    const other = await writeArtifact(store, 'model', await makeFiles(files));
    expect(other).toEqual(one);
    expect(one.uri).toBe(`s3://memory/artifacts/model/${one.digest}/`);
    // '{"layers":2}' has 12 bytes, 'abc' 3.
    expect(one.byteLength).toBe(15);
  });

  it.each([
    ['one changed byte', { ...files, 'weights/part-0.bin': 'abd' }],
    ['another name', { 'config.json': '{"layers":2}', 'weights/part-1.bin': 'abc', empty: '' }],
    ['one more file', { ...files, more: '' }],
  ])('gives another digest to content with %s', async (_, changed) => {
    const store = createMemoryStore();
    const one = await writeArtifact(store, 'model', await makeFiles(files));
    const other = await writeArtifact(store, 'model', await makeFiles({ ...changed }));
    expect(other.digest).not.toBe(one.digest);
  });

  it('keeps artifacts of equal content and different kind apart', async () => {
    const store = createMemoryStore();
    const model = await writeArtifact(store, 'model', await makeFiles(files));
    const report = await writeArtifact(store, 'report', await makeFiles(files));
    expect(report.digest).not.toBe(model.digest);
  });

  it('stores the manifest whose SHA-256 is the digest', async () => {
    const store = createMemoryStore();
    const ref = await writeArtifact(store, 'model', await makeFiles({ one: 'abc' }));
    const manifest = {
      version: 1,
      kind: 'model',
      files: [{ path: 'one', byteLength: 3, sha256: sha256('abc') }],
    };
    const stored = await store.get(`artifacts/model/${ref.digest}/manifest.json`);
    expect(new TextDecoder().decode(stored?.body)).toBe(canonicalJson(manifest));
    expect(sha256(canonicalJson(manifest))).toBe(ref.digest);
  });

  it('lists files in the order of their paths, whatever order the disk gives them in', async () => {
    const store = createMemoryStore();
    const paths = ['9', 'b/0', 'B', 'a.b', 'a/b', '10', 'a-b'];
    const content = Object.fromEntries(paths.map((path) => [path, 'x']));
    await writeArtifact(store, 'model', await makeFiles(content));
    const stored = await store.get(findKey(store, /manifest/));
    const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(stored?.body)));
    // '-' < '.' < '/' < digits < upper case < lower case.
    expect(manifest.files.map(({ path }) => path)).toEqual([
      '10',
      '9',
      'B',
      'a-b',
      'a.b',
      'a/b',
      'b/0',
    ]);
  });

  it('puts the manifest after the last file, so that a torn upload is no artifact', async () => {
    const folder = await makeFiles(files);
    const { digest } = await writeArtifact(createMemoryStore(), 'model', folder);
    for (let count = 1; count <= 3; count += 1) {
      const store = createMemoryStore();
      const dying = dieAt(store, /config|weights|empty/, count);
      await expect(writeArtifact(dying, 'model', folder)).rejects.toThrow('the store died');
      expect([...store.objects.keys()].filter((key) => key.includes('manifest'))).toEqual([]);
      const ref = { kind: 'model' as const, digest, uri: '', byteLength: 15 };
      expect(await hasArtifact(store, ref)).toBe(false);
      await writeArtifact(store, 'model', folder);
      expect(await readFiles(await readArtifact(store, ref, await makeFolder()))).toEqual(files);
    }
  });

  it('uploads no file when the artifact is already there, and marks it as used', async () => {
    const store = createMemoryStore();
    const folder = await makeFiles(files);
    const ref = await writeArtifact(store, 'model', folder);
    store.now = () => 1000;
    store.putFile = () => Promise.reject(new Error('an upload'));
    expect(await writeArtifact(store, 'model', folder)).toEqual(ref);
    expect(store.objects.get(findKey(store, /manifest/))?.writtenAt).toBe(1000);
  });

  it.each([
    ['lost a file', /config\.json$/, deleteKey],
    ['lost its manifest', /manifest\.json$/, deleteKey],
    ['has a damaged manifest', /manifest\.json$/, flipBit],
  ])('heals an artifact that %s', async (_, pattern, damage) => {
    const store = createMemoryStore();
    const folder = await makeFiles(files);
    const ref = await writeArtifact(store, 'model', folder);
    damage(store, findKey(store, pattern));
    await writeArtifact(store, 'model', folder);
    expect(await readFiles(await readArtifact(store, ref, await makeFolder()))).toEqual(files);
  });

  it('is done when another writer of the same content was faster', async () => {
    const store = createMemoryStore();
    const folder = await makeFiles(files);
    const refs = await Promise.all([1, 2, 3].map(() => writeArtifact(store, 'model', folder)));
    expect(new Set(refs.map(({ digest }) => digest)).size).toBe(1);
    expect(await readFiles(await readArtifact(store, refs[0]!, await makeFolder()))).toEqual(files);
  });

  it.each([
    [{}, /no file/],
    [{ 'manifest.json': '{}' }, /reserved name/],
    [{ 'a name with spaces': 'x' }, /"a name with spaces"/],
  ])('stores nothing of a folder it cannot store: %#', async (content, message) => {
    const store = createMemoryStore();
    const writing = writeArtifact(store, 'model', await makeFiles(content));
    await expect(writing).rejects.toThrow(FolderInvalidError);
    await expect(writing).rejects.toThrow(message);
    expect(store.objects.size).toBe(0);
  });

  it('refuses a link, which would store what lies outside the folder', async () => {
    const folder = await makeFiles(files);
    await symlink('/etc/hostname', join(folder, 'link'));
    await expect(writeArtifact(createMemoryStore(), 'model', folder)).rejects.toThrow(/"link"/);
  });
});

describe('readArtifact', () => {
  it('gives back every file, byte for byte', async () => {
    const store = createMemoryStore();
    const bytes = { 'all.bin': Uint8Array.from({ length: 256 }, (_, index) => index) };
    const ref = await writeArtifact(store, 'model', await makeFiles(bytes));
    const folder = await readArtifact(store, ref, await makeFolder());
    expect(Uint8Array.from(await readFile(join(folder, 'all.bin')))).toEqual(bytes['all.bin']);
  });

  it('downloads once and reuses the checked copy', async () => {
    const store = createMemoryStore();
    const cache = await makeFolder();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const first = await readArtifact(store, ref, cache);
    const cached = withHook(store, (method) => {
      if (method === 'getToFile') throw new Error('downloaded again');
    });
    expect(await readArtifact(cached, ref, cache)).toBe(first);
  });

  it.each([
    ['truncated', async (path: string) => truncate(path, 5)],
    ['overwritten', async (path: string) => writeFile(path, '{"layers":3}')],
    ['deleted', async (path: string) => rm(path)],
  ])('downloads again when a cached file was %s', async (_, damage) => {
    const store = createMemoryStore();
    const cache = await makeFolder();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const path = join(await readArtifact(store, ref, cache), 'config.json');
    await chmod(path, 0o644);
    await damage(path);
    expect(await readFiles(await readArtifact(store, ref, cache))).toEqual(files);
  });

  it.each(['config.json', 'weights/part-0.bin'])(
    'names the file, the expected and the found digest when %s has one flipped bit',
    async (file) => {
      const store = createMemoryStore();
      const cache = await makeFolder();
      const ref = await writeArtifact(store, 'model', await makeFiles(files));
      const key = `artifacts/model/${ref.digest}/${file}`;
      flipBit(store, key);
      const error: unknown = await readArtifact(store, ref, cache).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ArtifactCorruptError);
      const { message } = error as ArtifactCorruptError;
      expect(message).toContain(file);
      expect(message).toContain(sha256(files[file as 'config.json']));
      expect(message).toContain(sha256(store.objects.get(key)!.body));
      expect(Object.keys(await readFiles(cache))).toEqual([]);
    },
  );

  it('tells a file that is gone', async () => {
    const store = createMemoryStore();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    store.objects.delete(`artifacts/model/${ref.digest}/empty`);
    const reading = readArtifact(store, ref, await makeFolder());
    await expect(reading).rejects.toThrow(ArtifactCorruptError);
    await expect(reading).rejects.toThrow(/empty was expected.*no object/);
  });

  it('tells a manifest that is gone or damaged', async () => {
    const store = createMemoryStore();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const key = findKey(store, /manifest\.json$/);
    flipBit(store, key);
    await expect(readArtifact(store, ref, await makeFolder())).rejects.toThrow(
      /manifest\.json was/,
    );
    store.objects.delete(key);
    const reading = readArtifact(store, ref, await makeFolder());
    await expect(reading).rejects.toThrow(ArtifactCorruptError);
    await expect(reading).rejects.toThrow(/missing/);
  });

  it('takes damage on the way for what it is and downloads once more', async () => {
    const store = createMemoryStore();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const key = `artifacts/model/${ref.digest}/config.json`;
    let downloads = 0;
    const noisy = withHook(store, (method, asked) => {
      if (method !== 'getToFile' || asked !== key) return;
      downloads += 1;
      if (downloads <= 2) flipBit(store, key);
    });
    expect(await readFiles(await readArtifact(noisy, ref, await makeFolder()))).toEqual(files);
    expect(downloads).toBe(2);
  });

  it('refuses a manifest whose paths leave the folder, before it touches the disk', async () => {
    const store = createMemoryStore();
    const outside = await makeFolder();
    const cache = join(outside, 'cache');
    const entry = { path: '../../../../escaped/file', byteLength: 3, sha256: sha256('abc') };
    const text = canonicalJson({ version: 1, kind: 'model', files: [entry] });
    const digest = sha256(text);
    await store.put(`artifacts/model/${digest}/manifest.json`, text);
    const ref = { kind: 'model' as const, digest, uri: '', byteLength: 3 };
    await expect(readArtifact(store, ref, cache)).rejects.toThrow(/segment "\.\."/);
    expect(await readdir(outside)).toEqual([]);
  });

  it('leaves no half download behind when the store dies', async () => {
    const store = createMemoryStore();
    const cache = await makeFolder();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const dying = dieAt(store, /weights/);
    await expect(readArtifact(dying, ref, cache)).rejects.toThrow('the store died');
    expect(await readFiles(cache)).toEqual({});
  });

  it('gives read-only files', async () => {
    const store = createMemoryStore();
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    const folder = await readArtifact(store, ref, await makeFolder());
    for (const path of Object.keys(files)) {
      expect((await stat(join(folder, path))).mode & 0o222).toBe(0);
    }
  });

  it('clears away downloads that broke off a day ago, but none that may be at work', async () => {
    const store = createMemoryStore();
    const cache = await makeFiles({
      'model/.partial-old/files/a': '',
      'model/.partial-new/files/a': '',
    });
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(cache, 'model/.partial-old'), yesterday, yesterday);
    const ref = await writeArtifact(store, 'model', await makeFiles(files));
    await readArtifact(store, ref, cache);
    expect((await readdir(join(cache, 'model'))).sort()).toEqual(['.partial-new', ref.digest]);
  });
});
