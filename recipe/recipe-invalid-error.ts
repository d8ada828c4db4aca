/** One mistake of a recipe. */
export interface RecipeMistake {
  /** Dotted path of the field, for example `collect.maxWords`; empty for the whole recipe. */
  path: string;
  /** What was found, what was expected, and the nearest known name where that helps. */
  message: string;
  /** Line in the file, counted from 1, where it is known. */
  line?: number;
}

/** A recipe has mistakes; the message lists every one, one a line. */
export class RecipeInvalidError extends Error {
  override readonly name = 'RecipeInvalidError';
  readonly mistakes: RecipeMistake[];

  constructor(origin: string, mistakes: RecipeMistake[]) {
    const lines = mistakes.map(({ path, message, line }) => {
      const place = line === undefined ? '' : `line ${line}: `;
      return `  ${place}${path === '' ? '' : `${path}: `}${message}`;
    });
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
    super(`The recipe ${origin} has ${count}:\n${lines.join('\n')}`);
    this.mistakes = mistakes;
  }
}
