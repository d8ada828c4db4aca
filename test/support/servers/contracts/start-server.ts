import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { inheritVariables } from '../../../../infra/environment.js';

export interface ForeignServer {
  url: string;
  stop(): Promise<void>;
}

/** How long a server of Python may take to come up. */
const PATIENCE_MS = 240_000;

/** A LiteLLM proxy on a free port of loopback, with the models of litellm.yaml. */
export async function startLiteLlm(program: string): Promise<ForeignServer> {
  const port = await getPort({ host: '127.0.0.1' });
  const config = fileURLToPath(new URL('litellm.yaml', import.meta.url));
  return start(program, ['--config', config, '--host', '127.0.0.1', '--port', String(port)], {
    url: `http://127.0.0.1:${port}`,
    readyPath: '/health/liveliness',
    // Prices would be fetched from the network.
    variables: { LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
  });
}

/** An MLServer on free ports of loopback with the four score models of oip/score_models.py. */
export async function startMlServer(program: string): Promise<ForeignServer> {
  const folder = mkdtempSync(join(tmpdir(), 'burnish-contract-'));
  cpSync(
    fileURLToPath(new URL('oip/score_models.py', import.meta.url)),
    join(folder, 'score_models.py'),
  );
  for (const name of ['pickscore', 'aesthetic', 'hps', 'clip']) {
    mkdirSync(join(folder, name));
    const settings = { name, implementation: 'score_models.LengthScore' };
    writeFileSync(join(folder, name, 'model-settings.json'), JSON.stringify(settings));
  }
  const freePort = (): Promise<number> => getPort({ host: '127.0.0.1' });
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'settings.json'),
    JSON.stringify({
      host: '127.0.0.1',
      http_port: http,
      grpc_port: grpc,
      metrics_port: metrics,
      parallel_workers: 0,
    }),
  );
  const server = await start(program, ['start', folder], {
    url: `http://127.0.0.1:${http}`,
    readyPath: '/v2/health/ready',
    variables: { PYTHONPATH: folder },
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function start(
  program: string,
  parameters: string[],
  options: { url: string; readyPath: string; variables: Record<string, string> },
): Promise<ForeignServer> {
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: inheritVariables(options.variables),
  });
  let log = '';
  const keep = (chunk: Buffer): void => void (log = (log + chunk.toString()).slice(-3000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000)]);
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  };
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const isReady = await fetch(`${options.url}${options.readyPath}`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return { url: options.url, stop };
    if (child.exitCode !== null)
      throw new Error(`${program} ended with ${child.exitCode}:\n${log}`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`${program} was not ready within ${PATIENCE_MS / 1000} s:\n${log}`);
    }
    await sleep(300);
  }
}
