import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { clientConfigOf, type S3StoreOptions } from '../../../storage/s3-options.js';
import { findServerProgram } from './find-program.js';

export interface S3Server {
  /** Folder that holds a folder of files for each bucket. */
  dataFolder: string;
  /** Everything `S3Store` needs but the bucket. */
  options: Omit<S3StoreOptions, 'bucket'>;
  /** Kills the server process at once, keeping its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
}

/**
 * A versitygw of its own on a free port of 127.0.0.1, with its data in a temporary folder.
 * @throws Error if there is no binary or it does not answer within ten seconds.
 */
export async function startS3Server(): Promise<S3Server> {
  const binary = findServerProgram('versitygw');
  const folder = await mkdtemp(join(tmpdir(), 'burnish-s3-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const port = await getPort({ host: '127.0.0.1' });
  const address = `127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'burnish-test', secretAccessKey: 'burnish-test-secret' };
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    let output = '';
    const child = spawn(binary, ['--quiet', '--keep-alive', '--port', address, 'posix', data], {
      env: {
        ROOT_ACCESS_KEY: credentials.accessKeyId,
        ROOT_SECRET_KEY: credentials.secretAccessKey,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server = child;
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-2000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    for (let wait = 0; wait < 200; wait += 1) {
      if (child.exitCode !== null) break;
      if (await answers(`http://${address}/`)) return;
      await sleep(50);
    }
    await kill();
    throw new Error(`versitygw did not start on ${address}: ${output}`);
  };
  const kill = async (): Promise<void> => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  await start();
  return {
    dataFolder: data,
    options: { endpoint: `http://${address}`, region: 'us-east-1', ...credentials },
    kill,
    restart: start,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Creates the bucket unless it is there. */
export async function ensureBucket(options: S3StoreOptions): Promise<void> {
  const client = new S3Client(clientConfigOf(options));
  try {
    await client.send(new CreateBucketCommand({ Bucket: options.bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  } finally {
    client.destroy();
  }
}

async function answers(uri: string): Promise<boolean> {
  try {
    await fetch(uri);
    return true;
  } catch {
    return false;
  }
}
