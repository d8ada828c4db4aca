/**
 * `npm run bench -- make-diffusiondb --rows 200000 --out FILE`: a table in DiffusionDB's metadata schema, its prompts put
 * together from the bundled ones, with the dirt of real ones; `--first-row` goes on where another table ends.
 */
import { parseArgs } from 'node:util';
import { writeDiffusionDb } from '../support/made-up/diffusiondb/write-metadata.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    'first-row': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'row-group': { type: 'string', default: '10000' },
    large: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

function readCount(name: 'rows' | 'first-row' | 'seed' | 'row-group', least: number): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= least) return value;
  process.stderr.write(
    `--${name}: expected a whole number from ${least}, found ${JSON.stringify(values[name])}.\n`,
  );
  process.exit(2);
}

if (values.out === undefined) {
  process.stderr.write('--out: expected the file to write, such as --out metadata.parquet.\n');
  process.exit(2);
}
const counts = writeDiffusionDb({
  path: values.out,
  rowCount: readCount('rows', 1),
  firstRow: readCount('first-row', 0),
  seed: readCount('seed', 0),
  rowGroupSize: readCount('row-group', 1),
  imageEnding: values.large ? 'webp' : 'png',
});
for (const [kind, count] of Object.entries(counts)) {
  process.stdout.write(`${kind.padEnd(16)}${String(count).padStart(9)}\n`);
}
