/** One row as a source file holds it, before any filter. */
export interface SourceRow {
  /** `file:line`, or `file:row N` in a Parquet file; counted from 1. */
  origin: string;
  /** The id column, when there is one. */
  id?: string;
  text: string;
  /** Where its picture is: a path, an https or s3 address, or `<zip>#<member>`. */
  image?: string;
  /** 0 (safe) to 1, or above where the source's own filter refused; of DiffusionDB's columns `prompt_nsfw` and `image_nsfw`. */
  promptNsfw?: number;
  imageNsfw?: number;
  /** The picture's aesthetic score, 1 to 10, where the source has one. */
  aesthetic?: number;
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
