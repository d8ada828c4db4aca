import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const lockfile = z
  .object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));

/** Versions of a package by the place of each copy. */
function copiesOf(name: string): Record<string, string> {
  const copies = Object.entries(lockfile.packages).filter(([path]) =>
    path.endsWith(`node_modules/${name}`),
  );
  return Object.fromEntries(copies.map(([path, { version }]) => [path, version ?? '']));
}

describe('the lockfile', () => {
  it('holds one copy of each Temporal package, all of one version', () => {
    const names = new Set(
      Object.keys(lockfile.packages).flatMap(
        (path) => /(@temporalio\/[^/]+)$/.exec(path)?.[1] ?? [],
      ),
    );
    expect(names.size).toBeGreaterThan(6);
    const versions = [...names].map((name) => Object.values(copiesOf(name)));
    for (const copies of versions) expect(copies).toHaveLength(1);
    // The newest release of the tracing plugin is older than the SDK; overrides give it the SDK's own packages.
    const late = Object.values(copiesOf('@temporalio/interceptors-opentelemetry-v2'));
    const others = versions.flat().filter((version) => !late.includes(version));
    expect([...new Set(others)]).toEqual(['1.24.0']);
    expect(versions.flat().length - others.length).toBe(late.length);
  });

  it('holds one copy of protobufjs 8: classes of two copies are strangers to each other', () => {
    const copies = Object.entries(copiesOf('protobufjs')).filter(([, version]) =>
      version.startsWith('8.'),
    );
    expect(copies.map(([path]) => path)).toEqual(['node_modules/protobufjs']);
  });

  it('names a version of every package, also of those for other platforms, as npm ci demands', () => {
    const manifests = z
      .object({ optionalDependencies: z.record(z.string(), z.string()).default({}) })
      .array()
      .parse(
        Object.values(
          (JSON.parse(readFileSync('package-lock.json', 'utf8')) as typeof lockfile).packages,
        ),
      );
    const optional = manifests.flatMap(({ optionalDependencies }) =>
      Object.keys(optionalDependencies),
    );
    expect(optional.length).toBeGreaterThan(50);
    expect(optional.filter((name) => Object.keys(copiesOf(name)).length === 0)).toEqual([]);
  });
});
