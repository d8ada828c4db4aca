import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { identify, isAlive, readProcessStat } from '../../../files/process-identity.js';

it('tells a process from a later one with its number', () => {
  const mine = identify(process.pid);
  expect(mine.startTime).toMatch(/^\d+$/);
  expect(isAlive(mine)).toBe(true);
  expect(isAlive({ ...mine, startTime: '1' })).toBe(false);
});

it('reads the fields behind a name with blanks and parentheses', async () => {
  const script = "process.title = 'a) Z (b c'; process.send('named'); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, ['--eval', script], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await once(child, 'message');
  expect(readProcessStat(child.pid!)).toMatchObject({ parentId: process.pid });
  expect(readProcessStat(child.pid!)?.state).toMatch(/^[RSD]$/);
  expect(isAlive(identify(child.pid!))).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readProcessStat(child.pid!)).toBeUndefined();
  expect(isAlive(identify(child.pid!))).toBe(false);
});

it('counts a zombie as gone', async () => {
  // The program that takes the shell's place waits for no child.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const zombie = Number(line.toString());
  await expect.poll(() => readProcessStat(zombie)?.state).toBe('Z');
  expect(isAlive(identify(zombie))).toBe(false);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
});
