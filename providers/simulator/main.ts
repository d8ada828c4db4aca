import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.js';

/** `node --import tsx providers/simulator/main.ts --port N --seed S`: one JSON line when ready, SIGTERM or SIGINT stops. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    host: { type: 'string', default: '127.0.0.1' },
  },
});

function readNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  process.stderr.write(
    `--${name}: expected a whole number from 0 to ${max}, found ${JSON.stringify(text)}.\n`,
  );
  process.exit(2);
}

const port = readNumber('port', values.port, 65_535);
const seed = readNumber('seed', values.seed, 2 ** 31 - 1);
try {
  const simulator = await startSimulator({ port, seed, host: values.host });
  process.stdout.write(
    `${JSON.stringify({ ready: true, simulated: true, url: simulator.url, port: simulator.port, pid: process.pid, seed })}\n`,
  );
  const stop = (): void => {
    void simulator.stop().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `The simulator cannot listen on ${values.host}:${port}: ${reason}. Choose another --port.\n`,
  );
  process.exit(1);
}
