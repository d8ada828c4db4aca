import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  describeNodeProblem,
  describePlatformProblem,
} from '../../../../infra/bootstrap/versions.mjs';

describe('compareVersions', () => {
  it('compares parts as numbers, not as text', () => {
    expect(compareVersions('1.9.0', '1.26.8')).toBeLessThan(0);
    expect(compareVersions('1.26', '1.26.0')).toBe(0);
    expect(compareVersions('3.11.2', '3.8.0')).toBeGreaterThan(0);
  });
});

describe('describeNodeProblem', () => {
  it.each(['v20.12.0', 'v20.20.2', 'v22.0.0', 'v22.21.1'])('accepts Node %s', (version) => {
    expect(describeNodeProblem(version)).toBeUndefined();
  });

  it.each(['v18.20.0', 'v20.11.1', 'v21.7.3', 'v23.0.0', 'v24.1.0'])(
    'refuses Node %s',
    (version) => {
      expect(describeNodeProblem(version)).toMatch(
        /Node 20 .*or 22; this is Node [\d.]+\. .*Install Node 22/,
      );
    },
  );

  it('says why Node 23 and newer cannot be used', () => {
    expect(describeNodeProblem('v23.1.0')).toContain('TensorFlow for Node');
    expect(describeNodeProblem('v18.0.0')).not.toContain('TensorFlow');
  });

  it('stops the command with the message alone', () => {
    const fake = "data:text/javascript,Object.defineProperty(process,'version',{value:'v23.4.0'})";
    const result = spawnSync(
      process.execPath,
      ['--import', fake, 'infra/bootstrap/main.mjs', 'demo'],
      { encoding: 'utf8' },
    );
    expect(result.status).toBe(1);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toContain('this is Node 23.4.0');
  });
});

describe('describePlatformProblem', () => {
  it('accepts Linux x64 with glibc only, and names what it found', () => {
    expect(describePlatformProblem('linux', 'x64', true)).toBeUndefined();
    expect(describePlatformProblem('linux', 'x64', false)).toContain('musl');
    expect(describePlatformProblem('darwin', 'arm64', false)).toContain('darwin arm64');
    expect(describePlatformProblem('linux', 'arm64', true)).toContain('linux arm64');
  });
});

describe('the bootstrap files', () => {
  it('import nothing that has to be installed', () => {
    const output = execFileSync('grep', ['-rhoE', "from '[^']+'", 'infra/bootstrap'], {
      encoding: 'utf8',
    });
    const modules = output
      .trim()
      .split('\n')
      .map((line) => line.slice(6, -1));
    expect(modules.length).toBeGreaterThan(20);
    expect(modules.filter((name) => !name.startsWith('node:') && !name.startsWith('./'))).toEqual(
      [],
    );
  });
});
