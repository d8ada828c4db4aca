import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { digestOf } from '../../files/digest.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { sourceFormats } from '../../recipe/sections/collect.js';
import { createImageFinder } from './find-images.js';
import { digestOfStart, type OpenedSource } from './open-source.js';
import type { ReadTally } from './read-lines.js';
import { readSource } from './read-source.js';
import { statedColumns } from './source-columns.js';
import type { SourceRow, UnreadableRow } from './source-row.js';

/** What has been read of one file, so that the next run reads only what is new. */
export const sourcePositionSchema = z.strictObject({
  label: z.string(),
  format: z.enum(sourceFormats),
  /** The source's `columns` and `images` in the recipe: other ones make other rows. */
  columns: z.record(z.string(), z.string()),
  images: z.string().nullable(),
  /** Of the first `byteLength` bytes, lower-case hex. */
  sha256: z.string(),
  byteLength: z.int().positive(),
  rowCount: z.int().nonnegative(),
  /** Lines read; rows of Parquet. */
  lineCount: z.int().nonnegative(),
  /** The last row ended with a line end, so that rows can only have been added after it. */
  endsLine: z.boolean(),
});
export type SourcePosition = z.infer<typeof sourcePositionSchema>;

export interface NewRows {
  /** Why everything is read anew although positions were given, as a sentence. */
  startedOver?: string;
  /** The rows that are new, in the sources' order; origins count from the beginning of each file. */
  rows: () => AsyncGenerator<SourceRow | UnreadableRow>;
  /** What of each file has been read whole by now, those of earlier runs included. */
  positions: () => Promise<SourcePosition[]>;
}

/** What is to be read of a file. */
interface Part {
  source: OpenedSource;
  /** What has been read of it before; absent: nothing. */
  from?: SourcePosition;
}

/**
 * The rows of sources that `previous` does not hold yet.
 *
 * Files read whole and unchanged are skipped undecoded; JSON lines, CSV and text that have grown after a line end are
 * read from there; new files are read. Anything else (a file gone, shorter or changed, a Parquet file changed, another
 * format, mapping or place of pictures) makes everything be read anew, so that the rows are always those of the sources
 * as they are.
 * @throws InputInvalidError from `rows`, if a file cannot be read, changes meanwhile, or a source has no row.
 */
// eslint-disable-next-line max-lines-per-function -- rows are yielded while the positions that `positions` returns fill up
export async function readNew(
  sources: readonly OpenedSource[],
  previous: readonly SourcePosition[] | undefined,
): Promise<NewRows> {
  const plan = await planParts(sources, previous ?? []);
  const isAnew = typeof plan === 'string';
  const parts = isAnew ? sources.map((source): Part => ({ source })) : plan;
  const read = new Map<string, SourcePosition>();
  for (const { source, from } of parts) if (from) read.set(source.label, from);

  async function* rows(): AsyncGenerator<SourceRow | UnreadableRow> {
    const counts = new Map<number, number>();
    for (const { source, from } of parts) {
      let position = from;
      if (!isWhole(source, from)) {
        position = yield* readPart(source, from);
        read.set(source.label, position);
      }
      const { settingIndex } = source;
      counts.set(settingIndex, (counts.get(settingIndex) ?? 0) + (position?.rowCount ?? 0));
    }
    for (const { source } of parts) {
      if (counts.get(source.settingIndex) === 0) {
        throw new InputInvalidError(`Source ${source.setting.path} has no rows; expected prompts.`);
      }
    }
  }

  async function* readPart(
    source: OpenedSource,
    from: SourcePosition | undefined,
  ): AsyncGenerator<SourceRow | UnreadableRow, SourcePosition> {
    const { label } = source;
    const { path, byteLength } = await source.fetch();
    const before = await stat(path);
    const { sha256 } = await digestOfStart(path, byteLength, label);
    const tally: ReadTally = { lineCount: 0, endsLine: false };
    const span = {
      label,
      compressed: source.compressed,
      startByte: from?.byteLength ?? 0,
      endByte: byteLength,
      linesBefore: from?.lineCount ?? 0,
    };
    const findImage = await createImageFinder(source);
    let rowCount = from?.rowCount ?? 0;
    for await (const row of readSource(source, { path, span, findImage }, tally)) {
      rowCount += 1;
      yield row;
    }
    const after = await stat(path);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      const again = await digestOfStart(path, byteLength, label);
      if (again.sha256 !== sha256) {
        throw new InputInvalidError(
          `${label} changed while it was read. Run again when it is whole.`,
        );
      }
    }
    await source.release();
    return { ...mappingOf(source), label, sha256, byteLength, rowCount, ...tally };
  }

  return {
    ...(isAnew ? { startedOver: plan } : {}),
    rows,
    positions: async () =>
      parts.flatMap(({ source }) => {
        const position = read.get(source.label);
        return position === undefined ? [] : [position];
      }),
  };
}

/** True if nothing of the file is left to read. */
function isWhole(source: OpenedSource, from: SourcePosition | undefined): boolean {
  return from !== undefined && from.byteLength >= source.byteLength;
}

/** What is to be read of each file, or the reason why everything is. */
async function planParts(
  sources: readonly OpenedSource[],
  previous: readonly SourcePosition[],
): Promise<Part[] | string> {
  const positions = new Map(previous.map((position) => [position.label, position]));
  const parts: Part[] = [];
  for (const source of sources) {
    const from = positions.get(source.label);
    positions.delete(source.label);
    if (from === undefined) {
      parts.push({ source });
      continue;
    }
    const change = await changeOf(source, from);
    if (change !== undefined) return `${source.label} ${change}: all sources are read anew.`;
    parts.push({ source, from });
  }
  const [gone] = positions.keys();
  if (gone !== undefined) return `${gone} is no longer a source: all sources are read anew.`;
  return parts;
}

/** The change that makes a file's old rows unreliable, or `undefined`. */
async function changeOf(source: OpenedSource, from: SourcePosition): Promise<string | undefined> {
  const { format, columns, images } = from;
  if (digestOf({ format, columns, images }) !== digestOf(mappingOf(source))) {
    return 'is read with another format, column mapping or place of pictures';
  }
  if (source.byteLength < from.byteLength) {
    return `has shrunk from ${from.byteLength} to ${source.byteLength} bytes`;
  }
  if (source.byteLength === from.byteLength) {
    return (await source.digest()).sha256 === from.sha256 ? undefined : 'has changed';
  }
  if (format === 'parquet') return 'has changed (a Parquet file is read whole)';
  if (!from.endsLine) return 'has grown after a last line without a line end';
  const { path } = await source.fetch();
  const start = await digestOfStart(path, from.byteLength, source.label);
  return start.sha256 === from.sha256 ? undefined : 'has changed before the place it has grown at';
}

function mappingOf({
  format,
  setting,
}: OpenedSource): Pick<SourcePosition, 'format' | 'columns' | 'images'> {
  return { format, columns: statedColumns(setting), images: setting.images ?? null };
}
