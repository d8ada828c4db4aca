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
/** The columns that a recipe states. */
export type StatedColumns = Partial<Omit<ColumnNames, 'part'>>;

/** A file with these is DiffusionDB's metadata. */
const DIFFUSION_DB = ['prompt', 'image_name', 'part_id'];

/**
 * Where a table's values are taken from: what the recipe states, else the usual names, and DiffusionDB's where they are.
 *
 * @throws InputInvalidError if the prompt's column or one the recipe states is missing.
 */
export function resolveColumns(
  stated: StatedColumns,
  columns: readonly string[],
  label: string,
): ColumnNames {
  const names = { prompt: 'prompt', ...stated };
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
    if (stated.image === undefined) Object.assign(usual, { image: 'image_name', part: 'part_id' });
    if (columns.includes('prompt_nsfw')) usual.promptNsfw = 'prompt_nsfw';
    if (columns.includes('image_nsfw')) usual.imageNsfw = 'image_nsfw';
  }
  return { ...usual, ...names };
}

/** The columns that a source of a recipe states, none if it states none. */
export function statedColumns({ columns = {} }: DescribedSource): StatedColumns {
  return Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined));
}

/** Where the values of JSON lines are taken from: the fields of a line are known only when it is read. */
export function jsonlColumns(stated: StatedColumns): ColumnNames {
  return { prompt: 'prompt', id: 'id', ...stated };
}

/** A row's values by what they mean; `valueOf` gives the value of a column. */
export function fieldsOf(columns: ColumnNames, valueOf: (column: string) => unknown): RowFields {
  const fields: RowFields = { prompt: valueOf(columns.prompt) };
  for (const [meaning, column] of Object.entries(columns) as [keyof ColumnNames, string][]) {
    if (meaning !== 'prompt') fields[meaning] = valueOf(column);
  }
  return fields;
}
