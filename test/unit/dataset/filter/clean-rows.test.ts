import { describe, expect, it } from 'vitest';
import { createCleaner, reasonKey } from '../../../../dataset/filter/clean-rows.js';
import { DuplicateIndex } from '../../../../dataset/duplicates/duplicate-index.js';
import { openSources } from '../../../../dataset/sources/open-source.js';
import { readNew } from '../../../../dataset/sources/read-new.js';
import { MAX_LINE_BYTES } from '../../../../dataset/sources/read-lines.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';
import type { PromptRow, RejectedRow } from '../../../../contracts/records.js';
import { makeFiles } from '../../../support/folders.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

const settings = collectSchema.parse({});

async function clean(
  content: string | Uint8Array,
  duplicates = new DuplicateIndex({ threshold: 0.7 }),
) {
  const rootFolder = await makeFiles({ 'p.jsonl': content });
  const places = { store: createMemoryStore(), workFolder: rootFolder, rootFolder };
  const source = await readNew(await openSources(['p.jsonl'], places), undefined);
  const cleaner = createCleaner(settings, { duplicates });
  const rows: PromptRow[] = [];
  const rejected: RejectedRow[] = [];
  for await (const row of source.rows()) {
    const outcome = cleaner.clean(row);
    if ('reason' in outcome) rejected.push(outcome);
    else rows.push(outcome);
  }
  return { rows, rejected };
}

const line = (prompt: unknown, id?: unknown) => JSON.stringify({ id, prompt });

describe('createCleaner', () => {
  it('puts bad rows aside with their place and reason and goes on', async () => {
    const content = Buffer.concat([
      Buffer.from(`${line('a red cat')}\n{"prompt": "torn\n`),
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]),
      Buffer.from(`[1]\n${line(7)}\n{"text":"x"}\n${line('a blue dog', true)}\n`),
      Buffer.from(`${line('x'.repeat(100_000))}\n${line('lone \ud800 half')}\n${line('  ')}\n`),
      Buffer.from(`${'y'.repeat(MAX_LINE_BYTES + 1)}\n${line('a green bird')}`),
    ]);
    const { rows, rejected } = await clean(content);
    expect(rows.map((row) => row.prompt)).toEqual(['a red cat', 'a green bird']);
    expect(rows.length + rejected.length).toBe(12);
    expect(rejected.map(({ origin, reason }) => `${origin} ${reason}`)).toEqual([
      'p.jsonl:2 unreadable: not JSON',
      'p.jsonl:3 unreadable: invalid UTF-8',
      'p.jsonl:4 unreadable: not a JSON object but a list',
      'p.jsonl:5 unreadable: `prompt` is not a string but a number',
      'p.jsonl:6 unreadable: no field `prompt`',
      'p.jsonl:7 unreadable: `id` is neither a string nor a whole number but a boolean',
      'p.jsonl:8 too many characters: 100000, at most 4000 are read',
      'p.jsonl:9 broken characters',
      'p.jsonl:10 blank',
      `p.jsonl:11 unreadable: the line is longer than ${MAX_LINE_BYTES} bytes`,
    ]);
    for (const { excerpt } of rejected) expect(excerpt.length).toBeLessThanOrEqual(200);
  });

  it('takes texts with the same words for one, and nearly the same ones too', async () => {
    const long = 'a knight on a white horse in the rain at night, oil painting, dark, moody';
    const { rows, rejected } = await clean(
      [line(long, 'a'), line(`${long.toUpperCase()}!`, 'b'), line(`${long}, 8k`, 'c')].join('\n'),
    );
    expect(rows.map((row) => row.id)).toEqual(['a']);
    expect(rejected.map((row) => row.reason)).toEqual([
      'duplicate',
      'near-duplicate: of clean row 0',
    ]);
  });

  it('repairs what exports spread out, and writes lower case', async () => {
    const { rows } = await clean(line('A  Sci - Fi  City!!! | 8 k , [ neon ]'));
    expect(rows[0]!.prompt).toBe('a sci-fi city, 8k, neon');
  });

  it('derives an id from the text when there is none, and refuses an id used twice', async () => {
    const { rows, rejected } = await clean(
      [line('a red cat'), line('a blue dog', 'x'), line('a green bird', 'x')].join('\n'),
    );
    expect(rows[0]!.id).toMatch(/^p[0-9a-f]{16}$/);
    expect(rejected[0]!.reason).toBe('id already used: x');
  });

  it('keeps a clean prompt whose words an earlier one had with dirt around', async () => {
    const { rows, rejected } = await clean(
      [line('( ( a red cat ) ) on a sofa', 'a'), line('a red cat on a sofa', 'b')].join('\n'),
    );
    expect(rows.map((row) => row.id)).toEqual(['b']);
    expect(rejected.map((row) => reasonKey(row.reason))).toEqual(['weight syntax']);
  });

  it('refuses what only cleaning brings to light', async () => {
    const { rejected } = await clean(line('a cat on a sofa, cinematic [ : 1.3 ]'));
    expect(rejected.map(({ reason }) => reason)).toEqual(['weight syntax']);
  });

  it('goes on with the index of earlier data, and names repetitions of it apart from its own', async () => {
    const duplicates = new DuplicateIndex({ threshold: 0.7 });
    const long = 'a knight on a white horse in the rain at night, oil painting, dark, moody';
    const other = 'a lighthouse by the stormy sea at dawn, matte painting, soft light, calm';
    await clean(
      [line('a red cat', 'a'), line('a blue dog', 'b'), line(long, 'k')].join('\n'),
      duplicates,
    );
    const { rows, rejected } = await clean(
      [
        line('A red cat!', 'c'),
        line('a green bird', 'b'),
        line(`${long}, 8k`, 'l'),
        line(other, 'd'),
        line(other.toUpperCase(), 'e'),
        line(`${other}, 8k`, 'f'),
      ].join('\n'),
      duplicates,
    );
    expect(rows.map((row) => row.id)).toEqual(['d']);
    expect(rejected.map((row) => row.reason)).toEqual([
      'duplicate of earlier data',
      'id already used: b',
      'near-duplicate of earlier data: of clean row 2',
      'duplicate',
      'near-duplicate: of clean row 3',
    ]);
  });

  it('puts a row aside by the scores of its source, and asks none where there are none', () => {
    const filters = { ...settings.filters, minAesthetic: 5 };
    const cleaner = createCleaner(
      { ...settings, filters },
      { duplicates: new DuplicateIndex({ threshold: 0.7 }) },
    );
    const outcomes = [
      { text: 'a red cat', promptNsfw: 0.95 },
      { text: 'a red dog', imageNsfw: 2 },
      { text: 'a red fish', aesthetic: 4.9 },
      { text: 'a red bird', promptNsfw: 0.9, imageNsfw: 0.1, aesthetic: 5 },
      { text: 'a red fox' },
    ].map((row) => cleaner.clean({ origin: 'o', ...row }));
    expect(outcomes.map((row) => ('reason' in row ? row.reason : row.prompt))).toEqual([
      'unsafe by score: prompt 0.95, at most 0.9',
      'unsafe by score: image 2, at most 0.9',
      'aesthetic score too low: 4.9, at least 5',
      'a red bird',
      'a red fox',
    ]);
  });
});
