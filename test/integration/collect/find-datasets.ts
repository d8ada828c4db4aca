import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ofTheBench = fileURLToPath(
  new URL('../../../.burnish/bench/python/bin/python', import.meta.url),
);
const script = fileURLToPath(new URL('datasets_reads.py', import.meta.url));

/** A Python that has Hugging Face's datasets: the bench's own, else the one on the path; undefined when neither has. */
export function findDatasets(): string | undefined {
  for (const python of [ofTheBench, 'python3']) {
    // Its own path: the question is asked later without this process's environment.
    const own = ['-c', 'import datasets, sys; print(sys.executable)'];
    const { status, stdout } = spawnSync(python, own, { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** What `datasets_reads.py` prints for a folder. @throws Error with the end of its log. */
export function askDatasets(python: string, folder: string, cacheFolder: string): unknown {
  const { status, stdout, stderr } = spawnSync(python, [script, folder, cacheFolder], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: {
      HF_HUB_OFFLINE: '1',
      HF_HOME: cacheFolder,
      HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
    },
  });
  if (status !== 0) {
    throw new Error(`datasets_reads.py ended with ${status}:\n${stderr.slice(-3000)}`);
  }
  return JSON.parse(stdout) as unknown;
}
