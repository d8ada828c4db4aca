import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../providers/simulator/main.ts', import.meta.url));
const children: ChildProcess[] = [];

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: 'pipe' });
  children.push(child);
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('the simulator as a process', { timeout: 60_000 }, () => {
  it('prints one line when ready, answers, and ends at SIGTERM', async () => {
    const child = start('--port', '0', '--seed', '7');
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const ready = JSON.parse(line.toString()) as { url: string; pid: number; seed: number };
    expect(ready).toMatchObject({ ready: true, simulated: true, pid: child.pid, seed: 7 });
    const health = await fetch(`${ready.url}/health`);
    expect(await health.json()).toEqual({ status: 'ok', simulated: true, seed: 7 });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
  it('names a busy port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const child = start('--port', String(port));
    const errors: Buffer[] = [];
    child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(Buffer.concat(errors).toString()).toMatch(
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
    );
    server.close();
  });
  it('refuses a seed that is no number', async () => {
    const child = start('--seed', 'one');
    const [text] = (await once(child.stderr!, 'data')) as [Buffer];
    expect(text.toString()).toMatch(/--seed: expected a whole number.*"one"/);
    expect((await once(child, 'exit'))[0]).toBe(2);
  });
});
