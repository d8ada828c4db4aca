import { createServer } from 'node:net';

/** A port the user asked for by name is taken. */
export class PortBusyError extends Error {
  constructor(port: number, variable: string) {
    super(
      `Port ${String(port)} of 127.0.0.1, asked for by ${variable}, is in use. ` +
        `End the program that listens there, or set ${variable} to another port.`,
    );
    this.name = 'PortBusyError';
  }
}

/** A wish for a port. */
export interface PortWish {
  /** Asked for by the user: this port or an error. */
  fixed: number | undefined;
  /** Name of the variable that fixes it. */
  variable: string;
  /** Tried in this order before any free port. */
  preferred: number[];
}

/**
 * A port on loopback that is free now.
 * @throws PortBusyError if the port is fixed and taken.
 */
export async function choosePort(wish: PortWish, taken: ReadonlySet<number>): Promise<number> {
  if (wish.fixed !== undefined) {
    if (await isFree(wish.fixed)) return wish.fixed;
    throw new PortBusyError(wish.fixed, wish.variable);
  }
  for (const port of wish.preferred) if (!taken.has(port) && (await isFree(port))) return port;
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !taken.has(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((accept) => {
    const server = createServer();
    server.once('error', () => {
      accept(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        accept(typeof address === 'object' ? address?.port : undefined);
      });
    });
  });
}
