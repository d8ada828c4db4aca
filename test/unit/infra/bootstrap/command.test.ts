import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { outputOf, runLogged, stopRunningCommands } from '../../../../infra/bootstrap/command.mjs';
import { makeFolder } from '../../../support/folders.js';
import { identify, isAlive } from '../../../../files/process-identity.js';

/** Shell commands that start a child of their own, write its id to `pid`, and wait for it. */
const startsChild = (folder: string): string[] => [
  'sh',
  '-c',
  `sleep 600 & echo $! > ${folder}/pid.new; mv ${folder}/pid.new ${folder}/pid; wait`,
];

async function readChildId(folder: string): Promise<number> {
  await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 20_000 }).toBe(true);
  return Number(readFileSync(join(folder, 'pid'), 'utf8'));
}

describe('runLogged', () => {
  it('fails with the command, where its log is and what the log says', async () => {
    const log = join(await makeFolder(), 'log');
    const run = runLogged(['sh', '-c', 'echo what went wrong; exit 3'], { environment: {}, log });
    await expect(run).rejects.toThrow(
      /failed \(3\); its log .*\/log says:\n {2}\| what went wrong$/,
    );
  });

  it('names a program that is not there', async () => {
    const log = join(await makeFolder(), 'log');
    const run = runLogged(['no-such-program'], { environment: {}, log });
    await expect(run).rejects.toThrow(/spawn no-such-program ENOENT/);
  });

  it('ends with everything it started when it is stopped', async () => {
    const folder = await makeFolder();
    const run = runLogged(startsChild(folder), { environment: {}, log: join(folder, 'log') });
    const failure = expect(run).rejects.toThrow();
    const child = await readChildId(folder);
    expect(isAlive(identify(child))).toBe(true);
    await stopRunningCommands();
    await failure;
    expect(isAlive(identify(child))).toBe(false);
  });

  it('ends with everything it started when bootstrap is killed', async () => {
    const folder = await makeFolder();
    const module = pathToFileURL('infra/bootstrap/command.mjs').href;
    const options = { environment: {}, log: join(folder, 'log') };
    const script = `import { runLogged } from ${JSON.stringify(module)};
      await runLogged(${JSON.stringify(startsChild(folder))}, ${JSON.stringify(options)});`;
    const bootstrap = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const child = await readChildId(folder);
    bootstrap.kill('SIGKILL');
    await once(bootstrap, 'exit');
    await expect.poll(() => isAlive(identify(child)), { timeout: 20_000 }).toBe(false);
  });
});

describe('outputOf', () => {
  it('gives the output of a command, and nothing for one that is missing or fails', () => {
    expect(outputOf(['sh', '-c', 'echo well'])).toBe('well\n');
    expect(outputOf(['sh', '-c', 'exit 1'])).toBeUndefined();
    expect(outputOf(['no-such-program'])).toBeUndefined();
  });
});
