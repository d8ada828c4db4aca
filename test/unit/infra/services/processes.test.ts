import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  startDetached,
  stopProcess,
  tokenVariable,
  waitUntil,
} from '../../../../infra/services/processes.js';
import { inheritVariables } from '../../../../infra/environment.js';
import { makeFolder } from '../../../support/folders.js';
import { identify, isAlive } from '../../../../files/process-identity.js';

/** Starts Node with a script that writes its children's ids to `children` and `ready` when it is set up. */
async function start(script: string) {
  const folder = await makeFolder();
  const token = 'token-of-this-test';
  const identity = await startDetached([process.execPath, '--eval', script], {
    cwd: folder,
    variables: inheritVariables({ [tokenVariable]: token }),
    logPath: join(folder, 'log'),
  });
  expect(await waitUntil(() => existsSync(join(folder, 'ready')), 10_000)).toBe(true);
  return { ...identity, token, folder };
}

const ready = "require('node:fs').writeFileSync('ready', '');";
const idle = 'setInterval(() => {}, 1000);';
/** Starts a child that ignores SIGTERM, as an engine deep in native code does. */
const stubbornChild = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['--eval', "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('ready', ''); ${idle}"]);
  require('node:fs').writeFileSync('child', String(child.pid));`;

describe('stopProcess', () => {
  it('lets a process end by itself', async () => {
    const service = await start(
      `process.on('SIGTERM', () => { require('node:fs').writeFileSync('ended', 'well'); process.exit(); }); ${ready} ${idle}`,
    );
    expect(isAlive(service)).toBe(true);
    await stopProcess(service, 10_000);
    expect(isAlive(service)).toBe(false);
    expect(readFileSync(join(service.folder, 'ended'), 'utf8')).toBe('well');
  });

  it('forces one that does not end in time, and what it started', async () => {
    const service = await start(`process.on('SIGTERM', () => {}); ${stubbornChild} ${idle}`);
    const child = Number(readFileSync(join(service.folder, 'child'), 'utf8'));
    await stopProcess(service, 200);
    expect(isAlive(service)).toBe(false);
    expect(isAlive(identify(child))).toBe(false);
  });

  it('sweeps up what a killed process left behind', async () => {
    const service = await start(`${stubbornChild} ${idle}`);
    const child = Number(readFileSync(join(service.folder, 'child'), 'utf8'));
    process.kill(service.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(service), 5_000);
    expect(isAlive(identify(child))).toBe(true);
    await stopProcess(service, 200);
    expect(isAlive(identify(child))).toBe(false);
  });

  it('leaves a stranger alone that was given the same process id', async () => {
    const stranger = await start(`${ready} ${idle}`);
    const earlier = { ...stranger, startTime: '1', token: 'token of a service long gone' };
    expect(isAlive(earlier)).toBe(false);
    await stopProcess(earlier, 200);
    expect(isAlive(stranger)).toBe(true);
    await stopProcess(stranger, 5_000);
  });
});

describe('startDetached', () => {
  it('says which program cannot be started', async () => {
    const folder = await makeFolder();
    await expect(
      startDetached([join(folder, 'no-such-program')], {
        cwd: folder,
        variables: {},
        logPath: join(folder, 'log'),
      }),
    ).rejects.toThrow(/no-such-program ENOENT/);
  });
});
