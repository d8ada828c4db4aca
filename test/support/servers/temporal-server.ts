import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { SearchAttribute } from '../../../contracts/names.js';
import { inheritVariables, readEnvironment } from '../../../infra/environment.js';

export interface TemporalServer {
  address: string;
  /** Runs the Temporal CLI against this server; throws with its output when it fails. */
  cli(...commandLine: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Path of the Temporal CLI: `BURNISH_TEMPORAL`, the one that bootstrap fetched, or on PATH; `undefined` if there is none. */
function findTemporal(): string | undefined {
  const variables = inheritVariables({});
  const folders = (variables['PATH'] ?? '').split(delimiter);
  const candidates = [
    variables['BURNISH_TEMPORAL'],
    readEnvironment().paths.temporalProgram,
    ...folders.map((folder) => join(folder, 'temporal')),
  ];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/**
 * Temporal's dev server on a free port of 127.0.0.1, in memory, with Burnish's search attributes.
 * @throws Error if there is no binary or it does not answer within 30 seconds.
 */
export async function startTemporalServer(extra: string[] = []): Promise<TemporalServer> {
  const binary = findTemporal();
  if (binary === undefined) throw new Error('No temporal: set BURNISH_TEMPORAL or run bootstrap.');
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const attributes = Object.values(SearchAttribute).flatMap((name) => [
    '--search-attribute',
    `${name}=Keyword`,
  ]);
  const flags = ['--port', String(port), '--headless', '--ip', '127.0.0.1', '--log-level', 'error'];
  const child = spawn(binary, ['server', 'start-dev', ...flags, ...attributes, ...extra], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000)));
  await untilAnswering(address, child, () => output);

  return {
    address,
    cli: async (...commandLine) => {
      const { stdout } = await promisify(execFile)(binary, [...commandLine, '--address', address], {
        timeout: 60_000,
        env: inheritVariables({ NO_COLOR: '1' }),
      });
      return stdout;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function untilAnswering(
  address: string,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  for (let wait = 0; wait < 150 && child.exitCode === null; wait += 1) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1 second' });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return;
    } catch {
      await sleep(200);
    }
  }
  child.kill('SIGKILL');
  throw new Error(`The Temporal dev server did not answer on ${address}: ${output()}`);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
