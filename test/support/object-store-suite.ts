import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../files/digest.js';
import {
  ObjectKeyInvalidError,
  ObjectMissingError,
  PreconditionFailedError,
  type ObjectStore,
  type UnfinishedUpload,
} from '../../storage/object-store.js';

/**
 * What every object store must do; `open` gives an empty one, `beginUpload` begins an upload in parts there and sends a
 * part, and is then heard of no more.
 */
export function describeObjectStore<Store extends ObjectStore>(
  name: string,
  open: () => Promise<Store>,
  beginUpload: (store: Store, key: string) => Promise<void>,
): void {
  describe(name, () => {
    let store: Store;
    let folder: string;

    beforeAll(async () => {
      store = await open();
      folder = await mkdtemp(join(tmpdir(), 'burnish-store-'));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    const textAt = async (key: string): Promise<string | undefined> => {
      const stored = await store.get(key);
      return stored && new TextDecoder().decode(stored.body);
    };
    const keysUnder = async (prefix: string): Promise<string[]> => {
      const keys: string[] = [];
      for await (const { key } of store.list(prefix)) keys.push(key);
      return keys.sort();
    };

    it('gives back the bytes that were put, with the etag of the put', async () => {
      const body = Uint8Array.from([0, 255, 10, 13, 128]);
      const { etag } = await store.put('bytes/all', body);
      expect(await store.get('bytes/all')).toEqual({ body, etag });
    });

    it('keeps an empty object apart from a missing one', async () => {
      await store.put('empty/object', '');
      expect((await store.get('empty/object'))?.body).toHaveLength(0);
      expect(await store.get('empty/nothing')).toBeUndefined();
    });

    it('replaces an object that is put again, and changes its etag', async () => {
      const first = await store.put('again/object', 'first');
      const second = await store.put('again/object', 'second');
      expect(await textAt('again/object')).toBe('second');
      expect(second.etag).not.toBe(first.etag);
    });

    it('creates a key once and leaves the first body when asked again', async () => {
      await store.put('once/object', 'first', { ifAbsent: true });
      const again = store.put('once/object', 'second', { ifAbsent: true });
      await expect(again).rejects.toThrow(PreconditionFailedError);
      expect(await textAt('once/object')).toBe('first');
    });

    it('refuses to create a key again even with the same bytes', async () => {
      await store.put('once/same', 'same', { ifAbsent: true });
      const again = store.put('once/same', 'same', { ifAbsent: true });
      await expect(again).rejects.toThrow(PreconditionFailedError);
    });

    it('lets exactly one of two creators at once win, with its bytes stored', async () => {
      for (let pair = 0; pair < 20; pair += 1) {
        const key = `race/pair-${pair}`;
        const results = await Promise.allSettled(
          ['left', 'right'].map(async (body) => {
            await store.put(key, body, { ifAbsent: true });
            return body;
          }),
        );
        const won = results.filter((result) => result.status === 'fulfilled');
        const lost = results.filter((result) => result.status === 'rejected');
        expect(won).toHaveLength(1);
        expect(lost[0]?.reason).toBeInstanceOf(PreconditionFailedError);
        expect(await textAt(key)).toBe(won[0]?.value);
      }
    });

    it('swaps only against the current etag', async () => {
      const { etag: stale } = await store.put('swap/object', 'one');
      const { etag } = await store.put('swap/object', 'two', { ifMatch: stale });
      const late = store.put('swap/object', 'three', { ifMatch: stale });
      await expect(late).rejects.toThrow(PreconditionFailedError);
      expect(await textAt('swap/object')).toBe('two');
      await store.put('swap/object', 'four', { ifMatch: etag });
      expect(await textAt('swap/object')).toBe('four');
    });

    it('refuses to swap what is not there', async () => {
      const swap = store.put('swap/nothing', 'new', { ifMatch: '"0123456789abcdef"' });
      await expect(swap).rejects.toThrow(PreconditionFailedError);
      expect(await store.get('swap/nothing')).toBeUndefined();
    });

    it('counts without loss when several writers add by compare and swap', async () => {
      await store.put('counter/value', '0');
      const addOne = async (): Promise<void> => {
        for (;;) {
          const stored = await store.get('counter/value');
          const next = String(Number(new TextDecoder().decode(stored?.body)) + 1);
          try {
            await store.put('counter/value', next, { ifMatch: stored?.etag ?? '' });
            return;
          } catch (error) {
            if (!(error instanceof PreconditionFailedError)) throw error;
          }
        }
      };
      const writer = async (): Promise<void> => {
        for (let time = 0; time < 5; time += 1) await addOne();
      };
      await Promise.all([writer(), writer(), writer(), writer()]);
      expect(await textAt('counter/value')).toBe('20');
    });

    it.each([0, 1, 5_000_000, 20_000_001])('carries a file of %i bytes unchanged', async (size) => {
      const sent = join(folder, 'sent');
      const received = join(folder, 'received');
      await writeFile(sent, Buffer.alloc(size, 'a sentence of 23 bytes.'));
      await store.putFile('files/large', sent);
      await store.getToFile('files/large', received);
      expect((await readFile(received)).equals(await readFile(sent))).toBe(true);
    });

    it('reads a part of an object, what there is of it, and tells that there is none', async () => {
      await store.put('ranges/object', '0123456789');
      const partOf = async (first: number, last: number): Promise<string> =>
        new TextDecoder().decode(await store.getRange('ranges/object', first, last));
      expect(await partOf(2, 5)).toBe('2345');
      expect(await partOf(8, 100)).toBe('89');
      expect(await partOf(10, 20)).toBe('');
      expect(await store.getRange('ranges/nothing', 0, 1)).toBeUndefined();
    });

    it('tells size and digest of an object, and that there is none', async () => {
      const sent = Buffer.alloc(5_000_000, 'a sentence of 23 bytes.');
      await store.put('files/told', sent);
      expect(await store.digest('files/told')).toEqual({
        byteLength: sent.byteLength,
        sha256: sha256(sent),
      });
      expect(await store.digest('files/nothing')).toBeUndefined();
    });

    it('says which object is missing when a file is wanted', async () => {
      const wanted = store.getToFile('files/nothing', join(folder, 'nothing'));
      await expect(wanted).rejects.toThrow(ObjectMissingError);
      await expect(wanted).rejects.toThrow(/files\/nothing/);
    });

    it('passes on that a local file does not exist', async () => {
      const sent = store.putFile('files/absent', join(folder, 'absent'));
      await expect(sent).rejects.toThrow(/ENOENT/);
      expect(await store.get('files/absent')).toBeUndefined();
    });

    it('lists every key under a prefix and no other, beyond one page', async () => {
      const count = 1005;
      const numbers = Array.from({ length: count }, (_, index) => index);
      for (let start = 0; start < count; start += 50) {
        const batch = numbers.slice(start, start + 50);
        await Promise.all(batch.map((index) => store.put(`many/list/${index}`, 'x')));
      }
      await store.put('many/list-not', 'x');
      expect(await keysUnder('many/list/')).toHaveLength(count);
      expect(await keysUnder('many/nothing/')).toEqual([]);
    }, 60_000);

    it('tells the size of what it lists', async () => {
      await store.put('sizes/object', 'twelve bytes');
      for await (const { byteLength } of store.list('sizes/')) expect(byteLength).toBe(12);
    });

    it('deletes an object, and takes a second delete for done', async () => {
      await store.put('gone/object', 'x');
      await store.delete('gone/object');
      await store.delete('gone/object');
      expect(await store.get('gone/object')).toBeUndefined();
      expect(await keysUnder('gone/')).toEqual([]);
    });

    it('tells of unfinished uploads under a prefix, several of one key too, until they are given up', async () => {
      const uploadsUnder = async (prefix: string): Promise<UnfinishedUpload[]> => {
        const uploads: UnfinishedUpload[] = [];
        for await (const upload of store.listUploads(prefix)) uploads.push(upload);
        return uploads.sort((a, b) => (a.key < b.key ? -1 : 1));
      };
      expect(await uploadsUnder('')).toEqual([]);
      for (const key of ['torn/a', 'torn/a', 'torn/b/c', 'torn-not/a'])
        await beginUpload(store, key);
      const found = await uploadsUnder('torn/');
      expect(found.map(({ key }) => key)).toEqual(['torn/a', 'torn/a', 'torn/b/c']);
      expect(new Set(found.map(({ uploadId }) => uploadId)).size).toBe(3);
      for (const { begunAt } of found) expect(begunAt.getTime()).toBeLessThanOrEqual(Date.now());
      expect(await store.get('torn/a')).toBeUndefined();
      await store.abortUpload(found[0]!);
      await store.abortUpload(found[0]!);
      expect(await uploadsUnder('torn/')).toEqual(found.slice(1));
      for (const upload of await uploadsUnder('torn')) await store.abortUpload(upload);
      expect(await uploadsUnder('')).toEqual([]);
    });

    it('leaves no unfinished upload of a file that was sent in parts', async () => {
      const sent = join(folder, 'in-parts');
      await writeFile(sent, Buffer.alloc(20_000_001, 'a sentence of 23 bytes.'));
      await store.putFile('files/in-parts', sent);
      for await (const { key } of store.listUploads('files/')) expect.unreachable(key);
    });

    it.each([
      ['nothing in it', ''],
      ['a leading slash', '/a'],
      ['a trailing slash', 'a/'],
      ['a double slash', 'a//b'],
      ['two dots', 'a/../b'],
      ['one dot', 'a/./b'],
      ['a space', 'a b'],
      ['a letter outside ASCII', 'käse'],
      ['a backslash', 'a\\b'],
      ['a segment of 256 characters', 'x'.repeat(256)],
      ['more than 1024 characters', `${'x'.repeat(200)}/`.repeat(6) + 'x'],
    ])('refuses a key with %s', async (_, key) => {
      await expect(store.put(key, 'x')).rejects.toThrow(ObjectKeyInvalidError);
      await expect(store.get(key)).rejects.toThrow(ObjectKeyInvalidError);
    });
  });
}
