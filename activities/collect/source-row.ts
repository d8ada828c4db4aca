/** One row as a source file holds it, before any filter. */
export interface SourceRow {
  /** `file:line`, or `file:row N` in a Parquet file; counted from 1. */
  origin: string;
  /** The id column, when there is one. */
  id?: string;
  text: string;
}

/** A row that could not be read at all. */
export interface UnreadableRow {
  origin: string;
  /** What is wrong with it. */
  problem: string;
  /** What could be read of it, at most 200 characters. */
  excerpt: string;
}

/** The first 200 characters of a text, made safe to store and show. */
export function excerptOf(text: string): string {
  return text.slice(0, 200).replace(/\p{Cs}|\p{Cc}/gu, ' ');
}
