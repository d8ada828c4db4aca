import type { Logger } from '@temporalio/common';

const ignore = (): void => undefined;

/** Swallows what the SDK says, so that a test's output is its verdict. */
export const silentLogger: Logger = {
  log: ignore,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};
