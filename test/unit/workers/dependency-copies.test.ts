import { createRequire } from 'node:module';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const packages = [
  '@temporalio/activity',
  '@temporalio/client',
  '@temporalio/envconfig',
  '@temporalio/interceptors-opentelemetry-v2',
  '@temporalio/proto',
  '@temporalio/testing',
  '@temporalio/worker',
  '@temporalio/workflow',
];

/** Where a package finds another, and in which version. */
function found(from: string, name: string): { path: string; version: string } | undefined {
  const places = createRequire(require.resolve(from)).resolve.paths(name) ?? [];
  for (const place of places) {
    try {
      const path = realpathSync(`${place}/${name}/package.json`);
      return { path: dirname(path), version: (require(path) as { version: string }).version };
    } catch {
      // Not here.
    }
  }
  return undefined;
}

test.each(['protobufjs', '@temporalio/common', '@temporalio/proto', '@opentelemetry/api'])(
  'all of Temporal shares one copy of %s',
  (name) => {
    const copies = new Set(packages.map((from) => found(from, name)?.path));
    expect([...copies]).toHaveLength(1);
  },
);

test('that copy of protobufjs is of version 8, without which no history can be replayed', () => {
  expect(found('@temporalio/proto', 'protobufjs')?.version).toMatch(/^8\./);
});

test('all of Temporal is of one version, but for the plugin that lags behind', () => {
  const versions = packages
    .filter((name) => !name.includes('interceptors'))
    .map((name) => found('@temporalio/worker', name)?.version);
  expect(new Set(versions).size).toBe(1);
});
