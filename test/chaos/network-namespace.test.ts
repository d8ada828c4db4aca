import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { openNetworkNamespace } from './network-namespace.js';

const run = promisify(execFile);
/** Prints what the server at an address says, or why it says nothing. */
const listen = `
  const [host, port] = process.argv[1].split(':');
  require('node:net').connect(Number(port), host)
    .on('data', (data) => process.stdout.write(data))
    .on('error', (error) => process.stdout.write(error.code));
`;

async function startServer(): Promise<string> {
  const server = createServer((socket) => socket.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a process inside reaches the servers it was given, and nothing else of this machine', async (context) => {
  const given = await startServer();
  const other = await startServer();
  const network = await openNetworkNamespace([given]);
  if (!network) return context.skip();
  onTestFinished(() => network.close());
  const hear = async (address: string): Promise<string> => {
    const [program = '', ...parameters] = network.wrap([process.execPath, '-e', listen, address]);
    return (await run(program, parameters)).stdout;
  };
  expect(await hear(network.addressOf(given))).toBe('hello');
  expect(await hear(other)).toBe('ECONNREFUSED');
});
