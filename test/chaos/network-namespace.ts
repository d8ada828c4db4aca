import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A machine of its own as far as the network goes: its loopback is empty, and it reaches the servers over one cable. */
export interface NetworkNamespace {
  /** How the servers are reached from inside, `host:port` by their address outside. */
  addressOf(outside: string): string;
  /** The command, to be run inside; its process id stays what it is. */
  wrap(command: readonly string[]): string[];
  /** To be called once no process is inside. */
  close(): Promise<void>;
}

let count = 0;

/**
 * A network namespace that reaches these servers, `host:port`, and nothing else; undefined where none may be made.
 *
 * The servers listen on loopback only, so a relay at this end of the cable passes connections on.
 */
export async function openNetworkNamespace(
  servers: readonly string[],
): Promise<NetworkNamespace | undefined> {
  count += 1;
  const name = `burnish-${process.pid}-${count}`;
  const cable = { here: `bh${process.pid % 100_000}-${count}`, there: 'burnish0' };
  // Link-local addresses: nobody routes them. Which of them is taken does not matter inside one machine.
  const net = `169.254.${64 + (process.pid % 128)}`;
  const ends = { here: `${net}.${4 * count + 1}`, there: `${net}.${4 * count + 2}` };
  const inside = (...parameters: string[]): void => {
    ip('netns', 'exec', name, 'ip', ...parameters);
  };
  try {
    ip('netns', 'add', name);
    ip('link', 'add', cable.here, 'type', 'veth', 'peer', 'name', cable.there, 'netns', name);
    ip('addr', 'add', `${ends.here}/30`, 'dev', cable.here);
    ip('link', 'set', cable.here, 'up');
    inside('addr', 'add', `${ends.there}/30`, 'dev', cable.there);
    inside('link', 'set', cable.there, 'up');
    inside('link', 'set', 'lo', 'up');
  } catch {
    remove(name);
    return undefined;
  }
  const atExit = (): void => {
    remove(name);
  };
  process.once('exit', atExit);
  const relays = new Map<string, Relay>();
  for (const server of servers) relays.set(server, await startRelay(server, ends.here));
  return {
    addressOf: (outside) => {
      const relay = relays.get(outside);
      if (!relay) throw new Error(`${outside}: expected one of ${servers.join(', ')}`);
      return relay.address;
    },
    wrap: (command) => ['ip', 'netns', 'exec', name, ...command],
    close: async () => {
      await Promise.all([...relays.values()].map((relay) => relay.stop()));
      process.off('exit', atExit);
      remove(name);
    },
  };
}

function ip(...parameters: string[]): void {
  execFileSync('ip', parameters, { stdio: 'ignore' });
}

/** The cable goes with the namespace. */
function remove(name: string): void {
  try {
    ip('netns', 'del', name);
  } catch {
    // It was never made.
  }
}

interface Relay {
  address: string;
  stop(): Promise<void>;
}

async function startRelay(target: string, host: string): Promise<Relay> {
  const [targetHost = '', targetPort = ''] = target.split(':');
  const open = new Set<Socket>();
  const server: Server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), targetHost);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.pipe(to);
      // A server that was killed resets its connections; the other end is to see that.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `${host}:${port}`,
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
