/** A failure the user can mend; shown without a stack trace. */
export class BootstrapError extends Error {
  /**
   * @param {string} message what was expected, what was found and what to do
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, options) {
    super(message, options);
    this.name = 'BootstrapError';
  }
}
