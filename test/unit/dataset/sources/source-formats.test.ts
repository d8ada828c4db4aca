import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SourceSetting } from '../../../../recipe/sections/collect.js';
import { makePlaces, readOnce } from '../../../support/made-up/open-test-sources.js';

async function rowsOf(setting: SourceSetting, content: string | Uint8Array) {
  const path = typeof setting === 'string' ? setting : setting.path;
  return (await readOnce([setting], await makePlaces({ [path]: content }))).rows;
}

describe('a CSV source', () => {
  it('has quotes, delimiters and line ends inside fields, and the line each row begins on', async () => {
    const content = '\uFEFFid,prompt\r\n1,"a cat, ""red""\r\nand big"\r\n\r\n2,a "blue" dog\r\n';
    expect(await rowsOf('p.csv', content)).toEqual([
      { origin: 'p.csv:2', id: '1', text: 'a cat, "red"\r\nand big' },
      { origin: 'p.csv:5', id: '2', text: 'a "blue" dog' },
    ]);
  });

  it.each([',', ';', '\t', '|'])('may be delimited by %j', async (mark) => {
    const lines = [
      ['prompt', 'seed', 'id'],
      ['a red, big cat; or | two', '7', 'x'],
    ];
    const content = lines.map((line) => line.map((field) => `"${field}"`).join(mark)).join('\n');
    expect(await rowsOf('p.csv', content)).toEqual([
      { origin: 'p.csv:2', id: 'x', text: 'a red, big cat; or | two' },
    ]);
  });

  it('may have one column, or be compressed', async () => {
    expect(await rowsOf('p.csv', 'prompt\na red cat\n')).toMatchObject([{ text: 'a red cat' }]);
    const packed = gzipSync('prompt,id\na red cat,\n');
    expect(await rowsOf('p.csv.gz', packed)).toEqual([{ origin: 'p.csv.gz:2', text: 'a red cat' }]);
  });

  it('puts rows of another width and with broken letters aside, and goes on', async () => {
    const content = Buffer.concat([
      Buffer.from('prompt,id\na,b,c\nshort\n'),
      Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
      Buffer.from('a cat,1\n'),
    ]);
    expect(await rowsOf('p.csv', content)).toEqual([
      { origin: 'p.csv:2', problem: 'the row has 3 fields and the header 2', excerpt: 'a,b,c' },
      { origin: 'p.csv:3', problem: 'the row has 1 fields and the header 2', excerpt: 'short' },
      { origin: 'p.csv:4', problem: 'invalid UTF-8', excerpt: '\uFFFD,1' },
      { origin: 'p.csv:5', id: '1', text: 'a cat' },
    ]);
  });

  it.each([
    ['prompt\na cat\n"torn', 'a quote is opened and never closed'],
    ['text\na cat\n', 'has no column `prompt`; its columns are text'],
    [`"${'x'.repeat(3 << 20)}`, 'first line of over'],
  ])('is refused whole when %.20j', async (content, message) => {
    await expect(rowsOf('p.csv', content)).rejects.toMatchObject({
      name: 'InputInvalidError',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('a text source', () => {
  it('has a prompt a line, blank ones skipped', async () => {
    expect(await rowsOf('p.txt', '\uFEFFa red cat\r\n\n a "dog", {x}\n')).toEqual([
      { origin: 'p.txt:1', text: 'a red cat' },
      { origin: 'p.txt:3', text: 'a "dog", {x}' },
    ]);
    expect(await rowsOf('p.txt.gz', gzipSync('a red cat'))).toMatchObject([{ text: 'a red cat' }]);
  });
});

describe('a column mapping', () => {
  const columns = {
    prompt: 'text',
    id: 'key',
    image: 'picture',
    promptNsfw: 'unsafe',
    imageNsfw: 'nude',
    aesthetic: 'beauty',
  };
  const expected = {
    id: '7',
    text: 'a red cat',
    image: 'deep/pics/7.png',
    promptNsfw: 0.25,
    imageNsfw: 2,
    aesthetic: 6.5,
  };

  it('names the columns of JSON lines and CSV alike', async () => {
    const record = { text: 'a red cat', key: 7, picture: 'pics/7.png', unsafe: 0.25, nude: 2 };
    const line = JSON.stringify({ ...record, beauty: 6.5 });
    expect(await rowsOf({ path: 'deep/p.jsonl', columns }, line)).toMatchObject([expected]);
    const csv = 'text,key,picture,unsafe,nude,beauty\na red cat,7,pics/7.png,0.25,2,6.5\nb,8,,,,';
    expect(await rowsOf({ path: 'deep/p.csv', columns }, csv)).toMatchObject([
      expected,
      { origin: 'deep/p.csv:3', id: '8', text: 'b' },
    ]);
  });

  it('puts a row with a score that is none, or a picture outside, aside', async () => {
    const lines = [
      { prompt: 'a', beauty: 'much' },
      { prompt: 'b', beauty: [6] },
      { prompt: 'c', picture: '../c.png' },
      { prompt: 'd', picture: '/etc/passwd' },
      { prompt: 'e', picture: 5 },
      { prompt: 'f', beauty: null },
    ];
    const content = lines.map((line) => JSON.stringify(line)).join('\n');
    const setting = { path: 'p.jsonl', columns: { aesthetic: 'beauty', image: 'picture' } };
    expect(await rowsOf(setting, content)).toMatchObject([
      { problem: 'aesthetic is not a number but "much"' },
      { problem: 'aesthetic is not a number but [6]' },
      { problem: expect.stringContaining('leaves its folder') as string },
      { problem: expect.stringContaining('leaves its folder') as string },
      { problem: 'the picture is not a string but a number' },
      { origin: 'p.jsonl:6', text: 'f' },
    ]);
  });

  it('must name columns that are there', async () => {
    const setting = { path: 'p.csv', columns: { aesthetic: 'beauty' } };
    await expect(rowsOf(setting, 'prompt\na')).rejects.toThrow('has no column `beauty`');
  });
});
