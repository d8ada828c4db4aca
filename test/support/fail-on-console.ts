import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
let spies: MockInstance[] = [];

// A unit that prints has either left a trace of debugging behind or hides a failure in its output.
beforeEach(() => {
  spies = methods.map((method) => vi.spyOn(console, method));
});

afterEach(() => {
  const printed = spies.flatMap((spy) => spy.mock.calls);
  for (const spy of spies) spy.mockRestore();
  expect(printed, 'a unit test printed to the console').toEqual([]);
});
