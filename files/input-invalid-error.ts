/** A source file or object cannot be used: missing, torn, of the wrong format, or outside what a recipe may read. */
export class InputInvalidError extends Error {
  override readonly name = 'InputInvalidError';
}
