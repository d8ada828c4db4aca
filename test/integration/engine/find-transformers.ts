import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ofTheBench = fileURLToPath(
  new URL('../../../.burnish/bench/python/bin/python', import.meta.url),
);

/** A Python that has transformers: the bench's own, else the one on the path; undefined when neither has. */
export function findTransformers(): string | undefined {
  return [ofTheBench, 'python3'].find(
    (python) =>
      spawnSync(python, ['-c', 'import torch, transformers, safetensors'], { stdio: 'ignore' })
        .status === 0,
  );
}

const script = fileURLToPath(new URL('transformers_reads.py', import.meta.url));

/** The lines that `transformers_reads.py` prints for these requests. @throws Error with the end of its log. */
export function askTransformers(python: string, requests: readonly unknown[]): unknown[] {
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  if (status !== 0)
    throw new Error(`transformers_reads.py ended with ${status}:\n${stderr.slice(-3000)}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}
