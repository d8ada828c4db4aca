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

const MAX_ID_CHARACTERS = 200;
const SCORES = ['promptNsfw', 'imageNsfw', 'aesthetic'] as const;

/** Values of one row by what they mean, unchecked. */
export type RowFields = { prompt: unknown } & Partial<
  Record<'id' | 'image' | 'part' | (typeof SCORES)[number], unknown>
>;

export interface FoundRow {
  origin: string;
  fields: RowFields;
  /** The column of the prompt, for messages. */
  promptColumn: string;
  /** What a person is shown of a row that is put aside. */
  excerpt: string;
}

/** Where a row's picture is, `undefined` when it has none, or what is wrong with its name. */
export type ImageFinder = (
  name: string,
  part: number | undefined,
) => Promise<string | undefined> | string | undefined;

/** A picture's name in a row cannot be used; the row is put aside. */
export class ImageNameError extends Error {
  override readonly name = 'ImageNameError';
}

/** A row whose values have the right types, or what is wrong with it. */
export async function mapRow(
  row: FoundRow,
  findImage: ImageFinder,
): Promise<SourceRow | UnreadableRow> {
  const mapped = checkRow(row);
  const { image, part } = row.fields;
  if ('problem' in mapped || isAbsent(image)) return mapped;
  const refuse = (problem: string) => refused(row, problem);
  if (typeof image !== 'string') return refuse(`the picture is not a string but ${kindOf(image)}`);
  const partNumber = isAbsent(part) ? undefined : Number(part);
  if (partNumber !== undefined && !Number.isSafeInteger(partNumber)) {
    return refuse(`the picture's part is not a whole number but ${kindOf(part)}`);
  }
  try {
    const address = await findImage(image, partNumber);
    return address === undefined ? mapped : { ...mapped, image: address };
  } catch (error) {
    if (!(error instanceof ImageNameError)) throw error;
    return refuse(error.message);
  }
}

function refused({ origin, excerpt }: FoundRow, problem: string): UnreadableRow {
  return { origin, problem, excerpt: excerptOf(excerpt) };
}

function checkRow(row: FoundRow): SourceRow | UnreadableRow {
  const { origin, fields, promptColumn } = row;
  const { prompt, id } = fields;
  const refuse = (problem: string) => refused(row, problem);
  if (prompt === undefined) return refuse(`no field \`${promptColumn}\``);
  if (typeof prompt !== 'string') {
    return refuse(`\`${promptColumn}\` is not a string but ${kindOf(prompt)}`);
  }
  const scores: Pick<SourceRow, (typeof SCORES)[number]> = {};
  for (const name of SCORES) {
    const value = fields[name];
    if (isAbsent(value)) continue;
    const score = Number(value);
    if (
      !['number', 'string', 'bigint'].includes(typeof value) ||
      (typeof value === 'string' && Number.isNaN(score))
    ) {
      return refuse(`${name} is not a number but ${excerptOf(JSON.stringify(value)).slice(0, 40)}`);
    }
    // Tables write an absent number as NaN.
    if (Number.isFinite(score)) scores[name] = score;
  }
  if (id === undefined || id === null) return { origin, text: prompt, ...scores };
  const isNumber = typeof id === 'bigint' || (typeof id === 'number' && Number.isSafeInteger(id));
  if (typeof id !== 'string' && !isNumber) {
    return refuse(`\`id\` is neither a string nor a whole number but ${kindOf(id)}`);
  }
  const text = String(id);
  if (text === '' || text.length > MAX_ID_CHARACTERS || /\p{Cs}|\p{Cc}/u.test(text)) {
    return refuse(`\`id\` is empty, longer than ${MAX_ID_CHARACTERS} characters or unprintable`);
  }
  return { origin, id: text, text: prompt, ...scores };
}

function isAbsent(value: unknown): value is null | undefined | '' {
  return value === undefined || value === null || value === '';
}

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
