import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../../infra/bootstrap/progress.mjs';

describe('createProgress', () => {
  it('prints plain lines with seconds when the output is no terminal', async () => {
    let written = '';
    let now = 0;
    const output = { write: (text: string) => (written += text) };
    const progress = createProgress(output, () => now);
    await progress.step('download', () => {
      now = 12_400;
      return Promise.resolve();
    });
    await expect(progress.step('build', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    await expect(progress.step('beside', () => Promise.reject(new Error('no')))).rejects.toThrow();
    progress.close();
    expect(written).toBe(
      '  download ...\n  download: done, 12 s\n  build ...\n  build: failed, 0 s\n  beside ...\n  beside: stopped, 0 s\n',
    );
  });

  it('redraws one line of what is running on a terminal', async () => {
    let written = '';
    const progress = createProgress({
      write: (text: string) => (written += text),
      isTTY: true,
      columns: 80,
    });
    await progress.step('download', () => Promise.resolve());
    progress.close();
    expect(written).toContain('\r\u001b[K  … download 0 s');
    expect(written).toContain('  download: done, 0 s\n');
  });
});
