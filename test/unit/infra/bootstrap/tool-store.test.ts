import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isFinished,
  provideTool,
  replaceLink,
  toolKey,
} from '../../../../infra/bootstrap/tool-store.mjs';

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'burnish-store-'));
});
afterEach(() => {
  rmSync(store, { recursive: true });
});

const module = pathToFileURL('infra/bootstrap/tool-store.mjs').href;

/** Another process that provides the tool: it writes a line a build, waits, and writes the content. */
function startBuilder(key: string, waitMs: number) {
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { provideTool } from ${JSON.stringify(module)};
    await provideTool(${JSON.stringify(store)}, ${JSON.stringify(key)}, async (folder) => {
      appendFileSync(${JSON.stringify(join(store, 'builds'))}, 'build\\n');
      writeFileSync(folder + '/half', 'half');
      await new Promise((accept) => setTimeout(accept, ${String(waitMs)}));
      writeFileSync(folder + '/whole', 'whole');
    });`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((accept) => setTimeout(accept, 20));
}

describe('provideTool', () => {
  it('builds once and then finds the finished tool', async () => {
    let buildCount = 0;
    const build = (folder: string): Promise<void> => {
      buildCount += 1;
      writeFileSync(join(folder, 'program'), 'program');
      return Promise.resolve();
    };
    const first = await provideTool(store, 'tool-1', build);
    const second = await provideTool(store, 'tool-1', build);
    expect(second).toBe(first);
    expect(buildCount).toBe(1);
    expect(isFinished(first, 'tool-1')).toBe(true);
  });

  it('leaves nothing that looks finished when the build fails, and tries again next time', async () => {
    const fails = (folder: string): Promise<void> => {
      writeFileSync(join(folder, 'half'), '');
      return Promise.reject(new Error('no network'));
    };
    await expect(provideTool(store, 'tool-1', fails)).rejects.toThrow('no network');
    expect(existsSync(join(store, 'tools', 'tool-1'))).toBe(false);
    const folder = await provideTool(store, 'tool-1', () => Promise.resolve());
    expect(existsSync(join(folder, 'half'))).toBe(false);
  });

  it('takes up after a build that was killed, without its half-written files', async () => {
    const killed = startBuilder('tool-1', 60_000);
    await waitFor(() => existsSync(join(store, 'temporary', 'tool-1', 'half')));
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const folder = await provideTool(store, 'tool-1', (empty) => {
      expect(existsSync(join(empty, 'half'))).toBe(false);
      writeFileSync(join(empty, 'whole'), 'whole');
      return Promise.resolve();
    });
    expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe('whole');
  });

  it('builds once when two processes ask at the same time', async () => {
    const builders = [startBuilder('tool-1', 300), startBuilder('tool-1', 300)];
    const codes = await Promise.all(
      builders.map(async (child) => (await once(child, 'exit'))[0] as number),
    );
    expect(codes).toEqual([0, 0]);
    expect(readFileSync(join(store, 'builds'), 'utf8')).toBe('build\n');
    expect(readFileSync(join(store, 'tools', 'tool-1', 'whole'), 'utf8')).toBe('whole');
  });
});

describe('toolKey', () => {
  it('changes with what goes into the tool and with nothing else', () => {
    const key = toolKey('tool', { version: '1.0.0' });
    expect(toolKey('tool', { version: '1.0.0' })).toBe(key);
    expect(toolKey('tool', { version: '1.0.1' })).not.toBe(key);
  });
});

describe('replaceLink', () => {
  it('replaces a file, a folder or another link', () => {
    const link = join(store, 'link');
    for (const target of ['/first', '/second']) {
      replaceLink(target, link);
      expect(readlinkSync(link)).toBe(target);
    }
    rmSync(link);
    writeFileSync(link, 'a file');
    replaceLink('/third', link);
    expect(readlinkSync(link)).toBe('/third');
  });
});
