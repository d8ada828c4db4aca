import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, it } from 'vitest';
import { createCleaner } from '../../../../../dataset/filter/clean-rows.js';
import { DuplicateIndex } from '../../../../../dataset/duplicates/duplicate-index.js';
import { collectSchema } from '../../../../../recipe/sections/collect.js';
import { writeDiffusionDb } from '../../../../support/made-up/diffusiondb/write-metadata.js';

const folder = mkdtempSync(join(tmpdir(), 'burnish-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const place = (name: string): string => join(folder, name);
const digest = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');
const rowsOf = async (path: string): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({ file: await asyncBufferFromFile(path) });

describe('the made-up DiffusionDB table', () => {
  const path = place('whole.parquet');
  const counts = writeDiffusionDb({ path, rowCount: 3000, seed: 1, rowGroupSize: 1000 });

  it('has the columns and types of the real one, in several Snappy-compressed row groups', async () => {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(
      metadata.schema.slice(1).map((one) => [one.name, one.converted_type ?? one.type]),
    ).toEqual([
      ['image_name', 'UTF8'],
      ['prompt', 'UTF8'],
      ['part_id', 'UINT_16'],
      ['seed', 'UINT_32'],
      ['step', 'UINT_16'],
      ['cfg', 'FLOAT'],
      ['sampler', 'UINT_8'],
      ['width', 'UINT_16'],
      ['height', 'UINT_16'],
      ['user_name', 'UTF8'],
      ['timestamp', 'TIMESTAMP_MILLIS'],
      ['image_nsfw', 'FLOAT'],
      ['prompt_nsfw', 'FLOAT'],
    ]);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([1000, 1000, 1000]);
    expect(metadata.row_groups[0]!.columns[1]!.meta_data!.codec).toBe('SNAPPY');
  });

  it('holds values a real row could hold', async () => {
    const rows = await rowsOf(path);
    for (const row of rows) {
      expect(row['image_name']).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\.png$/,
      );
      expect(row['seed']).toBeLessThan(2 ** 32);
      expect(row['seed']).toBeGreaterThanOrEqual(0);
      expect(row['image_nsfw']).toSatisfy(
        (score: number) => score === 2 || (score >= 0 && score <= 1),
      );
      expect(row['user_name'] ?? 'f'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(new Set(rows.map((row) => row['image_name'])).size).toBe(3000);
    expect(rows.some((row) => (row['seed'] as number) > 2 ** 31)).toBe(true);
    expect(rows.filter((row) => row['user_name'] === null).length).toBeGreaterThan(20);
  });

  it('gives the same bytes for the same seed, and goes on where another table ends', async () => {
    const again = place('again.parquet');
    writeDiffusionDb({ path: again, rowCount: 3000, seed: 1, rowGroupSize: 1000 });
    expect(digest(again)).toBe(digest(path));
    const rest = place('rest.parquet');
    writeDiffusionDb({ path: rest, rowCount: 500, firstRow: 2500, seed: 1 });
    expect(await rowsOf(rest)).toEqual((await rowsOf(path)).slice(2500));
  });

  it('leaves, after cleaning, the rows it counted as clean', async () => {
    const cleaner = createCleaner(collectSchema.parse({}), {
      duplicates: new DuplicateIndex({ threshold: 0.7 }),
    });
    const rows = await rowsOf(path);
    const rejected = rows.flatMap((row, place) => {
      const outcome = cleaner.clean({ origin: `row ${place}`, text: String(row['prompt']) });
      return 'reason' in outcome ? [outcome] : [];
    });
    const dirty = 3000 - counts.clean - counts.unsafeScore;
    expect(dirty).toBeGreaterThan(500);
    // The score of a detector is judged elsewhere; a recombined prompt may be refused by chance.
    expect(Math.abs(rejected.length - dirty)).toBeLessThan(30);
    const reasons = new Set(rejected.map(({ reason }) => reason.replace(/:.*/su, '')));
    for (const reason of ['duplicate', 'near-duplicate', 'blank', 'unsafe word', 'weight syntax']) {
      expect(reasons).toContain(reason);
    }
  });
});
