import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeCard } from '../../../activities/collect/merge-collection.js';
import { writeDatasetFiles } from '../../../dataset/write-dataset-files.js';
import { splits, type PromptPair, type Split } from '../../../contracts/records.js';
import { makeFolder } from '../../support/folders.js';
import { madeUpCard, madeUpPairs } from '../../support/made-up/made-up-card.js';
import { findPython, runPython } from '../../support/programs/python.js';

const python = findPython('datasets');
const script = fileURLToPath(new URL('datasets_reads.py', import.meta.url));

describe('the library datasets of Hugging Face', () => {
  it.skipIf(python !== undefined)(
    'is not installed here, so that no dataset was loaded with it: `pip install datasets` for python3',
    ({ skip }) => skip('no Python here has datasets'),
  );

  it.skipIf(python === undefined)(
    'loads a dataset by its card, and the same rows from the JSON lines',
    { timeout: 120_000 },
    async () => {
      const folder = await makeFolder();
      const odd = {
        id: 'o',
        rowId: 'o',
        route: 'summary' as const,
        x: 'naïve "fox" 🦊\n',
        y: 'a, b',
      };
      const pairs: Record<Split, PromptPair[]> = {
        train: [odd, ...madeUpPairs(10_500)],
        validation: madeUpPairs(40),
        test: madeUpPairs(1),
      };
      for (const split of splits) await writeDatasetFiles(folder, split, pairs[split]);
      await writeCard(folder, madeUpCard(300));
      // Other files of a dataset must not be taken for rows.
      await writeFile(join(folder, 'rejected.jsonl'), '{"origin":"a","reason":"b"}\n');
      const types = { id: 'string', rowId: 'string', route: 'string', x: 'string', y: 'string' };
      const cacheFolder = await makeFolder();
      const printed = runPython(python!, [script, folder, cacheFolder], {
        env: {
          HF_HUB_OFFLINE: '1',
          HF_HOME: cacheFolder,
          HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
        },
      });
      const { parquet, jsonl } = JSON.parse(printed) as Record<
        'parquet' | 'jsonl',
        { types: object; rows: Record<Split, PromptPair[]> }
      >;
      for (const loaded of [parquet, jsonl]) {
        expect(loaded.types).toEqual(types);
        for (const split of splits) {
          expect(JSON.stringify(loaded.rows[split]) === JSON.stringify(pairs[split])).toBe(true);
        }
      }
    },
  );
});
