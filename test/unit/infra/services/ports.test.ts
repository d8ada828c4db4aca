import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort, PortBusyError } from '../../../../infra/services/ports.js';

let server: Server | undefined;
afterEach(async () => {
  if (!server) return;
  server.close();
  await once(server, 'close');
  server = undefined;
});

async function occupyPort(): Promise<number> {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('choosePort', () => {
  const variable = 'BURNISH_S3_PORT';

  it('passes over a preferred port that is busy', async () => {
    const busy = await occupyPort();
    const port = await choosePort({ fixed: undefined, variable, preferred: [busy] }, new Set());
    expect(port).not.toBe(busy);
    expect(port).toBeGreaterThan(1023);
  });

  it('refuses a busy port the user asked for, by the name of the variable', async () => {
    const busy = await occupyPort();
    const choice = choosePort({ fixed: busy, variable, preferred: [] }, new Set());
    await expect(choice).rejects.toThrow(PortBusyError);
    await expect(choice).rejects.toThrow(new RegExp(`Port ${String(busy)}.*BURNISH_S3_PORT`));
  });

  it('does not give a preferred port that another service holds', async () => {
    const free = await choosePort({ fixed: undefined, variable, preferred: [] }, new Set());
    const other = await choosePort(
      { fixed: undefined, variable, preferred: [free] },
      new Set([free]),
    );
    expect(other).not.toBe(free);
  });
});
