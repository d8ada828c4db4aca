import { afterEach, beforeEach, expect, vi } from 'vitest';

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;

// A unit that prints has either left a trace of debugging behind or hides a failure in its output.
beforeEach(() => {
  for (const method of methods) vi.spyOn(console, method);
});

afterEach(() => {
  const printed = methods.flatMap((method) =>
    vi.isMockFunction(console[method]) ? vi.mocked(console[method]).mock.calls : [],
  );
  vi.restoreAllMocks();
  expect(printed, 'a unit test printed to the console').toEqual([]);
});
