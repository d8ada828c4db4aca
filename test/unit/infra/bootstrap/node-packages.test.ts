import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { areNodePackagesReady } from '../../../../infra/bootstrap/node-packages.mjs';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'burnish-packages-'));
  mkdirSync(join(project, 'node_modules'));
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

type Packages = Record<string, { version: string; integrity: string; optional?: boolean }>;
const a = { version: '1.0.0', integrity: 'sha512-a' };
const b = { version: '2.0.0', integrity: 'sha512-b' };

function given(locked: Packages, installed: Packages | undefined): void {
  const write = (name: string, packages: Packages): void => {
    writeFileSync(join(project, name), JSON.stringify({ packages }));
  };
  write('package-lock.json', { '': { version: '0', integrity: '' }, ...locked });
  if (installed) write('node_modules/.package-lock.json', installed);
}

describe('areNodePackagesReady', () => {
  it('is true when every locked package is installed', () => {
    given(
      { 'node_modules/a': a, 'node_modules/b': b },
      { 'node_modules/a': a, 'node_modules/b': b },
    );
    expect(areNodePackagesReady(project)).toBe(true);
  });

  it('does not miss an optional package of another platform', () => {
    given(
      { 'node_modules/a': a, 'node_modules/b': { ...b, optional: true } },
      { 'node_modules/a': a },
    );
    expect(areNodePackagesReady(project)).toBe(true);
  });

  it('is false when one is missing, old, or the installation was cut off', () => {
    given({ 'node_modules/a': a, 'node_modules/b': b }, { 'node_modules/a': a });
    expect(areNodePackagesReady(project)).toBe(false);
    given({ 'node_modules/a': b }, { 'node_modules/a': a });
    expect(areNodePackagesReady(project)).toBe(false);
    rmSync(join(project, 'node_modules', '.package-lock.json'));
    given({ 'node_modules/a': a }, undefined);
    expect(areNodePackagesReady(project)).toBe(false);
  });
});
