import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findExternalServices } from '../../../../infra/bootstrap/external-services.mjs';
import { findProgram } from '../../../../infra/bootstrap/find-program.mjs';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'burnish-path-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function program(...parts: string[]): string {
  const path = join(folder, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

describe('findProgram', () => {
  it('finds the first executable file of the search path', () => {
    mkdirSync(join(folder, 'empty'));
    const path = program('bin', 'temporal');
    expect(findProgram('temporal', `${folder}/empty:${folder}/bin`, [])).toBe(path);
    chmodSync(path, 0o644);
    expect(findProgram('temporal', `${folder}/bin`, [])).toBeUndefined();
  });

  it("does not take our own tool for the user's, even through a link on PATH", () => {
    const own = program('tools', 'temporal');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(own, join(folder, 'bin', 'temporal'));
    expect(findProgram('temporal', `${folder}/bin`, [join(folder, 'tools')])).toBeUndefined();
    expect(findProgram('temporal', `${folder}/bin`, [])).toBe(own);
  });
});

describe('findExternalServices', () => {
  it('takes an address or a profile for a Temporal of the user, and a namespace alone for none', () => {
    expect(findExternalServices({ TEMPORAL_ADDRESS: 'a:1' }).temporal).toBe(true);
    expect(findExternalServices({ TEMPORAL_PROFILE: 'prod' }).temporal).toBe(true);
    expect(findExternalServices({ TEMPORAL_CONFIG_FILE: '/t.toml' }).temporal).toBe(true);
    expect(findExternalServices({ TEMPORAL_NAMESPACE: 'x', TEMPORAL_ADDRESS: '' }).temporal).toBe(
      false,
    );
  });

  it('takes an endpoint for an object store of the user, and keys alone for none', () => {
    expect(findExternalServices({ AWS_ENDPOINT_URL_S3: 'http://a' }).s3).toBe(true);
    expect(findExternalServices({ AWS_ENDPOINT_URL: 'http://a' }).s3).toBe(true);
    expect(findExternalServices({ AWS_ACCESS_KEY_ID: 'k' }).s3).toBe(false);
  });
});
