import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { z } from 'zod';
import { formatBytes } from '../../text/quantities.js';

const packageSchema = z.looseObject({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

const SHOWN_PACKAGES: Record<string, string> = {
  'Temporal SDK': '@temporalio/worker',
  'TensorFlow.js': '@tensorflow/tfjs-core',
};

/** The machine of the worker that writes the report, for people. */
export function describeMachine(): Record<string, string> {
  const model = cpus()[0]?.model.trim();
  return {
    'Report written on': `${platform()} ${arch()}`,
    Processor: `${model === undefined || model === '' ? 'unknown' : model}, ${availableParallelism()} cores`,
    Memory: formatBytes(totalmem()),
  };
}

/** Versions of Node, of Burnish and of what does the work. */
export async function describeVersions(): Promise<Record<string, string>> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version, dependencies } = packageSchema.parse(JSON.parse(text));
  const versions: Record<string, string> = { Burnish: version, Node: process.versions.node };
  for (const [title, name] of Object.entries(SHOWN_PACKAGES)) {
    const found = dependencies[name];
    if (found !== undefined) versions[title] = found;
  }
  return versions;
}
