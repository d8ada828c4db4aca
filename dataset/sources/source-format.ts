import type { SourceFormat } from '../../recipe/sections/collect.js';

export interface FileFormat {
  format: SourceFormat;
  /** Undone while reading. */
  compressed: boolean;
}

/** Endings of names that tell a format, as messages show them. */
export const KNOWN_ENDINGS = '.parquet, .jsonl, .csv, .txt or the last three with .gz';

/** What a file's name tells of its format, or `undefined`; `told` is the recipe's own word and wins. */
export function formatOf(name: string, told?: SourceFormat): FileFormat | undefined {
  const [, ending, gz] = /(?:\.(parquet|jsonl|csv|txt))?(\.gz)?$/i.exec(name) ?? [];
  const format = told ?? (ending?.toLowerCase() as SourceFormat | undefined);
  const compressed = gz !== undefined;
  // Parquet compresses its own pages and cannot be read from the middle of a gzip.
  if (format === undefined || (format === 'parquet' && compressed)) return undefined;
  return { format, compressed };
}
