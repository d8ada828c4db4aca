import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundlerPlugin } from '@temporalio/worker';
import { writeWholeFile } from '../files/whole-file.js';

const projectFolder = fileURLToPath(new URL('..', import.meta.url));
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
/** What the bundle is made of; the lockfile stands for the SDK. */
const sources = ['workflows', 'contracts', 'recipe', 'package-lock.json'];

/**
 * Path of the bundled workflow code, made once for each state of its sources.
 *
 * Plugins that add interceptors belong in the bundle, so `variant` names the set of them.
 */
export async function bundleWorkflows(
  cacheFolder: string,
  options: { variant: string; plugins: BundlerPlugin[] } = { variant: 'plain', plugins: [] },
): Promise<string> {
  const path = join(cacheFolder, 'bundles', `${options.variant}-${await digestSources()}.cjs`);
  try {
    await access(path);
    return path;
  } catch {
    // Not made yet.
  }
  const { plugins } = options;
  const quiet = { log: noLog, trace: noLog, debug: noLog, info: noLog, warn: noLog, error: noLog };
  const { code } = await bundleWorkflowCode({ workflowsPath, plugins, logger: quiet });
  await mkdir(join(cacheFolder, 'bundles'), { recursive: true });
  await writeWholeFile(path, code);
  return path;
}

/** Failures of the bundler are thrown; its progress is of no interest to users. */
const noLog = (): void => undefined;

async function digestSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const path of await filesOf(join(projectFolder, source))) {
      hash.update(`${path.slice(projectFolder.length)}\0`).update(await readFile(path));
    }
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesOf(path: string): Promise<string[]> {
  if (path.endsWith('.json')) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}
