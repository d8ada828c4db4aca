import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rotateLog } from '../../../../infra/services/processes.js';
import {
  readServiceRecords,
  writeServiceRecords,
} from '../../../../infra/services/service-state.js';
import {
  provideStoreCredentials,
  readStoreCredentials,
} from '../../../../infra/services/store-credentials.js';
import { makeFolder, readFiles } from '../../../support/folders.js';

describe('provideStoreCredentials', () => {
  it('draws keys once, for the eyes of this user only', async () => {
    const folder = await makeFolder();
    const drawn = provideStoreCredentials(folder);
    expect(provideStoreCredentials(folder)).toEqual(drawn);
    expect(statSync(join(folder, 's3-credentials.json')).mode & 0o777).toBe(0o600);
    expect(drawn.secretAccessKey).toMatch(/^[0-9a-f]{48}$/);
    expect(provideStoreCredentials(await makeFolder())).not.toEqual(drawn);
    expect(readStoreCredentials(await makeFolder())).toBeUndefined();
  });
});

describe('rotateLog', () => {
  it('moves a large log on, keeps the newest and forgets the oldest', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'a.log');
    for (const content of ['first', 'second', 'third']) {
      writeFileSync(path, content);
      rotateLog(path, { maxBytes: 5, keep: 2 });
    }
    expect(await readFiles(folder)).toEqual({
      'a.log': '',
      'a.log.1': 'third',
      'a.log.2': 'second',
    });
  });

  it('leaves a small one alone', async () => {
    const folder = await makeFolder();
    writeFileSync(join(folder, 'a.log'), 'tiny');
    rotateLog(join(folder, 'a.log'), { maxBytes: 5, keep: 2 });
    expect(await readFiles(folder)).toEqual({ 'a.log': 'tiny' });
  });
});

describe('the state file', () => {
  const record = {
    name: 's3' as const,
    pid: 12,
    startTime: '34',
    token: 'token',
    settingsDigest: 'digest',
    ports: { http: 7070 },
    address: 'http://127.0.0.1:7070',
    startedAt: 5,
    logPath: '/log',
  };

  it('gives back what was written', async () => {
    const folder = await makeFolder();
    writeServiceRecords(folder, [record]);
    expect(readServiceRecords(folder)).toEqual([record]);
  });

  it('knows no service when it is missing or torn', async () => {
    const folder = await makeFolder();
    expect(readServiceRecords(folder)).toEqual([]);
    writeFileSync(join(folder, 'services.json'), '{"services": [{"name": "s3"');
    expect(readServiceRecords(folder)).toEqual([]);
  });
});
