/** What a recipe field's documentation says beside its type, bounds and default, which the schema holds itself. */
export interface FieldNotes {
  /** Unit of a number; `none` for pure numbers such as shares and factors. */
  unit?: string;
  /** Where the default comes from: the paper, its released code, or ours with the reason. Absent for required fields. */
  from?: string;
}

/** Where defaults come from. */
export const PAPER = 'the paper';
export const CODE = "the paper's released code";
export const OURS = 'ours';

/** What `.meta()` holds of a field. */
export interface FieldMeta extends Record<string, unknown> {
  description: string;
  'x-meaning': string;
  'x-unit'?: string;
  'x-from'?: string;
}

/** Metadata of a field for `.meta()`: one description for people, and its parts for tables and tests. */
export function about(meaning: string, notes: FieldNotes = {}): FieldMeta {
  const unit = notes.unit === undefined || notes.unit === 'none' ? '' : ` Unit: ${notes.unit}.`;
  const from = notes.from === undefined ? '' : ` Default from: ${notes.from}.`;
  return {
    description: `${meaning}${unit}${from}`,
    'x-meaning': meaning,
    ...(notes.unit === undefined ? {} : { 'x-unit': notes.unit }),
    ...(notes.from === undefined ? {} : { 'x-from': notes.from }),
  };
}
