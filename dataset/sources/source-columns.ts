import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { DescribedSource } from '../../recipe/sections/collect.js';
import type { RowFields } from './source-row.js';

/** The column each value is taken from; an absent one is not taken. */
export interface ColumnNames {
  prompt: string;
  id?: string;
  image?: string;
  promptNsfw?: string;
  imageNsfw?: string;
  aesthetic?: string;
  /** DiffusionDB's `part_id`: pictures then lie in folders or zips named by it. */
  part?: string;
}

const ID_COLUMNS = ['id', 'image_name'];
/** The columns a recipe tells. */
export type ToldColumns = Partial<Omit<ColumnNames, 'part'>>;

/** A file with these is DiffusionDB's metadata. */
const DIFFUSION_DB = ['prompt', 'image_name', 'part_id'];

/**
 * Where a table's values are taken from: what the recipe tells, else the usual names, and DiffusionDB's where they are.
 *
 * @throws InputInvalidError if the prompt's column or one the recipe tells is missing.
 */
export function resolveColumns(
  told: ToldColumns,
  columns: readonly string[],
  label: string,
): ColumnNames {
  const names = { prompt: 'prompt', ...told };
  for (const name of Object.values(names)) {
    if (columns.includes(name)) continue;
    throw new InputInvalidError(
      `${label} has no column \`${name}\`; its columns are ${columns.join(', ')}. Tell the right one in \`columns\` of the source, or rename it.`,
    );
  }
  const isDiffusionDb = DIFFUSION_DB.every((name) => columns.includes(name));
  const id = ID_COLUMNS.find((name) => columns.includes(name));
  const usual: Partial<ColumnNames> = id === undefined ? {} : { id };
  if (isDiffusionDb) {
    if (told.image === undefined) Object.assign(usual, { image: 'image_name', part: 'part_id' });
    if (columns.includes('prompt_nsfw')) usual.promptNsfw = 'prompt_nsfw';
    if (columns.includes('image_nsfw')) usual.imageNsfw = 'image_nsfw';
  }
  return { ...usual, ...names };
}

/** The columns a source of a recipe tells, none if it tells none. */
export function toldColumns({ columns = {} }: DescribedSource): ToldColumns {
  return Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined));
}

/** Where the values of JSON lines are taken from: a line tells its fields only when it is read. */
export function jsonlColumns(told: ToldColumns): ColumnNames {
  return { prompt: 'prompt', id: 'id', ...told };
}

/** A row's values by what they mean; `valueOf` gives the value of a column. */
export function fieldsOf(columns: ColumnNames, valueOf: (column: string) => unknown): RowFields {
  const fields: RowFields = { prompt: valueOf(columns.prompt) };
  for (const [meaning, column] of Object.entries(columns) as [keyof ColumnNames, string][]) {
    if (meaning !== 'prompt') fields[meaning] = valueOf(column);
  }
  return fields;
}
