import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../../infra/bootstrap/lock.mjs';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'burnish-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const pause = (milliseconds: number): Promise<void> =>
  new Promise((accept) => setTimeout(accept, milliseconds));

describe('withLock', () => {
  it('lets one in at a time and tells those who wait', async () => {
    let inside = 0;
    let most = 0;
    let waiting = 0;
    const enter = (): Promise<void> =>
      withLock(
        lock,
        async () => {
          most = Math.max(most, ++inside);
          await pause(20);
          inside -= 1;
        },
        { onWait: () => (waiting += 1) },
      );
    await Promise.all([enter(), enter(), enter()]);
    expect(most).toBe(1);
    expect(waiting).toBe(2);
  });

  it('is free again after an error', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over from a holder that died', async () => {
    // No process has this id: it is above the largest Linux gives.
    writeFileSync(lock, `${hostname()} 4194999 123`);
    expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('takes over from a holder whose process id went to another process', async () => {
    writeFileSync(lock, `${hostname()} ${String(process.pid)} 1`);
    expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('waits for a holder on another machine until it has been silent for a minute', async () => {
    writeFileSync(lock, 'elsewhere 1 1');
    let entered = false;
    const mine = withLock(lock, () => Promise.resolve((entered = true)));
    await pause(300);
    expect(entered).toBe(false);
    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(lock, longAgo, longAgo);
    await mine;
    expect(entered).toBe(true);
  });
});
