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
import {
  checkPrerequisites,
  findExternalServices,
  findProgram,
  listPrerequisites,
} from '../../../../infra/bootstrap/prerequisites.mjs';

const prerequisites = listPrerequisites({ python: '3.8.0' });

/** A machine on which these programs answer. */
const machine = (answers: Record<string, string>) => (command: string[]) =>
  answers[command.slice(0, 3).join(' ')] ?? answers[command[0] ?? ''];

const complete = {
  'python3 --version': 'Python 3.11.2\n',
  'python3 -m pip': 'pip 23.0.1\n',
  'g++': 'g++ 12.2.0\n',
  make: 'GNU Make 4.3\n',
};

const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(complete).filter(([key]) => key !== name));

describe('checkPrerequisites', () => {
  it('accepts a machine that has everything', () => {
    expect(() => {
      checkPrerequisites(prerequisites, machine(complete));
    }).not.toThrow();
  });

  it('accepts another C++ compiler in place of g++', () => {
    expect(() => {
      checkPrerequisites(prerequisites, machine({ ...without('g++'), 'clang++': 'clang 15\n' }));
    }).not.toThrow();
  });

  it('names everything that is missing at once, each with what to install', () => {
    expect(() => {
      checkPrerequisites(prerequisites, () => undefined);
    }).toThrow(
      /Python 3\.8\.0.*apt install python3[^]*pip.*python3-pip[^]*C\+\+.*g\+\+[^]*make.*make/,
    );
  });

  it('names a missing pip although Python is there', () => {
    const check = (): void => {
      checkPrerequisites(prerequisites, machine(without('python3 -m pip')));
    };
    expect(check).toThrow(/pip for Python 3: not found/);
    expect(check).not.toThrow(/C\+\+/);
  });

  it('refuses a Python that is too old and says which it found', () => {
    expect(() => {
      checkPrerequisites(
        prerequisites,
        machine({ ...complete, 'python3 --version': 'Python 3.6.9' }),
      );
    }).toThrow(/found 3\.6\.9/);
  });
});

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
