import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ZipFile } from 'yazl';
import { MAX_IMAGE_BYTES } from '../../../../../dataset/sources/images/image.js';
import { readImage, trustedHosts } from '../../../../../dataset/sources/images/read-image.js';
import { makeFiles } from '../../../../support/folders.js';
import { makePlaces } from '../../../../support/made-up/open-test-sources.js';

const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
const jpeg = Buffer.from('ffd8ffe000104a464946', 'hex');
const webp = Buffer.from('RIFF\x04\0\0\0WEBPVP8 ', 'latin1');

async function zipOf(members: Record<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(members)) zip.addBuffer(bytes, name);
  zip.end();
  return buffer(zip.outputStream);
}

async function serve(answer: RequestListener): Promise<{ origin: string; host: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin: `http://${host}`, host };
}

const refusal = (message: string) => ({
  name: 'ImageUnreadableError',
  message: expect.stringContaining(message) as string,
});

describe('readImage', () => {
  it('knows PNG, JPEG and WebP by their first bytes, wherever they are', async () => {
    const members = { 'a.png': png, 'part-1/b.jpg': jpeg, 'c.webp': webp };
    const zip = await zipOf(members);
    const files = { 'x.bin': png, 'part-1.zip': zip };
    const places = await makePlaces(files, files);
    for (const start of ['', `${places.rootFolder}/`, 's3://memory/']) {
      const read = (address: string) => readImage(`${start}${address}`, places);
      expect(await read('x.bin')).toEqual({ bytes: png, mediaType: 'image/png' });
      expect(await read('part-1.zip#a.png')).toEqual({ bytes: png, mediaType: 'image/png' });
      // A zip whose members lie in a folder of its own name.
      expect(await read('part-1.zip#b.jpg')).toEqual({ bytes: jpeg, mediaType: 'image/jpeg' });
      expect((await read('part-1.zip#c.webp')).mediaType).toBe('image/webp');
    }
  });

  it('reads the directory of a zip in the store once for many pictures', async () => {
    const members = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${index}.png`, png]),
    );
    const places = await makePlaces({}, { 'p.zip': await zipOf(members) });
    let requests = 0;
    const getRange = places.store.getRange.bind(places.store);
    places.store.getRange = (key, first, last) => {
      requests += 1;
      return getRange(key, first, last);
    };
    for (let index = 0; index < 500; index += 50) {
      await readImage(`s3://memory/p.zip#${index}.png`, places);
    }
    expect(requests).toBeLessThan(40);
  });

  it('reads a zip anew when it has changed', async () => {
    const places = await makePlaces({}, { 'p.zip': await zipOf({ 'a.png': png }) });
    await readImage('s3://memory/p.zip#a.png', places);
    places.store.now = () => 5000;
    await places.store.put('p.zip', await zipOf({ 'b.png': png, 'a.png': jpeg }));
    const again = await readImage('s3://memory/p.zip#a.png', places);
    expect(again.mediaType).toBe('image/jpeg');
  });

  it.each([
    ['nothing.png', 'does not exist'],
    ['s3://memory/nothing.png', 'does not exist'],
    ['s3://other/x.png', 'is not in the configured store'],
    ['../x.png', 'leaves the folder'],
    ['link.png', 'leaves the folder'],
    ['folder', 'is not a file'],
    ['text.png', 'is neither PNG, JPEG nor WebP'],
    ['empty.png', 'is empty'],
    ['large.png', 'expected a picture of 1 to'],
    ['file:///etc/passwd', 'unknown scheme'],
    ['good.zip#nothing.png', 'the zip has no such member'],
    ['good.zip#../text.png', 'the zip has no such member'],
    ['good.zip#text', 'is neither PNG'],
    ['good.zip#bomb', 'expected a picture of 1 to'],
    ['lying.zip#bomb', 'lying.zip#bomb'],
    ['torn.zip#a.png', 'cannot be read as zip'],
    ['text.zip#a.png', 'cannot be read as zip'],
    ['slip.zip#a.png', 'cannot be read as zip'],
    ['nothing.zip#a.png', 'does not exist'],
  ])('puts %s aside', async (address, message) => {
    const bomb = Buffer.concat([png, Buffer.alloc(MAX_IMAGE_BYTES)]);
    const good = await zipOf({ 'a.png': png, text: Buffer.from('x'), bomb });
    const lying = Buffer.from(good);
    // The directory's word for the size of the bomb, made small.
    const told = Buffer.alloc(4);
    told.writeUInt32LE(bomb.byteLength);
    for (let at = lying.indexOf(told); at !== -1; at = lying.indexOf(told))
      lying.writeUInt32LE(999, at);
    const slip = Buffer.from(await zipOf({ 'xxxa.png': png }));
    for (let at = slip.indexOf('xxxa'); at !== -1; at = slip.indexOf('xxxa'))
      slip.write('../a', at);
    const places = await makePlaces({
      'folder/x': 'x',
      'text.png': 'text',
      'empty.png': '',
      'large.png': bomb,
      'good.zip': good,
      'lying.zip': lying,
      'slip.zip': slip,
      'torn.zip': good.subarray(0, good.length - 30),
      'text.zip': 'text',
    });
    const outside = await makeFiles({ 'x.png': png });
    await symlink(join(outside, 'x.png'), join(places.rootFolder, 'link.png'));
    await expect(readImage(address, places)).rejects.toMatchObject(refusal(message));
  });

  it('passes on that the store cannot answer now', async () => {
    const places = await makePlaces({}, { 'x.png': png });
    places.store.getRange = () => Promise.reject(new TypeError('the store is down'));
    await expect(readImage('s3://memory/x.png', places)).rejects.toThrow('the store is down');
  });
});

describe('pictures over HTTP', () => {
  it('are read from a host the recipe names, after redirects and failures that pass', async () => {
    let asked = 0;
    const { origin, host } = await serve((request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
      else if (request.url === '/moved') response.writeHead(302, { location: '/x.png' }).end();
      else response.end(png);
    });
    const hosts = trustedHosts([{ path: 'p.csv', images: `${origin}/pictures` }, 'p.csv']);
    expect(hosts).toEqual([host]);
    const places = { ...(await makePlaces()), trustedHosts: hosts };
    expect((await readImage(`${origin}/moved`, places)).bytes).toEqual(png);
    expect(asked).toBe(3);
  });

  it('are not asked for on loopback or private networks, by address, name or redirect', async () => {
    let asked = 0;
    const { origin, host } = await serve((_, response) => {
      asked += 1;
      response.end(png);
    });
    const elsewhere = await serve((_, response) => {
      response.writeHead(302, { location: `${origin}/x.png` }).end();
    });
    const port = host.split(':')[1]!;
    const places = { ...(await makePlaces()), trustedHosts: [elsewhere.host] };
    for (const address of [
      `${origin}/x.png`,
      `http://localhost:${port}/x.png`,
      `http://[::1]:${port}/x.png`,
      `http://2130706433:${port}/x.png`,
      `http://[::ffff:127.0.0.1]:${port}/x.png`,
      `${elsewhere.origin}/x.png`,
    ]) {
      await expect(readImage(address, places)).rejects.toMatchObject(refusal('private network'));
    }
    expect(asked).toBe(0);
  });

  it.each<[string, RequestListener, string]>([
    ['are missing', (_, response) => response.writeHead(404).end(), 'answered 404'],
    ['are a page', (_, response) => response.end('<html>'), 'is neither PNG'],
    [
      'lead elsewhere',
      (_, response) => response.writeHead(302, { location: 'ftp://x/' }).end(),
      'no scheme',
    ],
    [
      'lead in a circle',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      'redirected more',
    ],
    [
      'say they are too large',
      (_, response) => response.writeHead(200, { 'content-length': '99999999' }).write('x'),
      'expected a picture of',
    ],
    [
      'are too large',
      (_, response) => response.end(Buffer.alloc(MAX_IMAGE_BYTES + 1)),
      'expected a picture of',
    ],
    [
      'break off',
      (_, response) =>
        void response
          .writeHead(200, { 'content-length': '99' })
          .write('x', () => response.destroy()),
      'could not be reached',
    ],
  ])('are put aside when they %s', async (_, answer, message) => {
    const { origin, host } = await serve(answer);
    const places = { ...(await makePlaces()), trustedHosts: [host] };
    const failure = readImage(`${origin}/x.png?signature=secret`, places);
    await expect(failure).rejects.toMatchObject(refusal(message));
    await expect(failure).rejects.not.toThrow('secret');
  });
});
