import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createEngine } from '../engine/process/client.js';
import { samplingSchema } from '../contracts/recipe/sampling.js';
import { readArtifact } from '../storage/artifacts.js';
import { resolveVersion } from '../storage/registry.js';
import { ExitCode, UsageError } from './failures.js';
import { withInterrupt } from './interrupt.js';
import { readPlaces } from './resources.js';
import type { Terminal } from './terminal.js';

export interface GenerateOptions {
  n: number;
  seed: number;
  model: string;
  temperature: number;
  json: boolean;
  terminal: Terminal;
}

/**
 * Prints `n` rewrites of a description; the engine runs here, so a model in a folder needs no server.
 *
 * @throws UsageError if the model is no model folder, or the description is empty.
 */
export async function generate(description: string, options: GenerateOptions): Promise<ExitCode> {
  const { n, seed, terminal } = options;
  const text = description.trim().replaceAll(/\s+/g, ' ');
  if (text === '') throw new UsageError('The description is empty. Give a few words in quotes.');
  const modelFolder = await findModelFolder(options.model);
  const { cacheFolder, threads } = readPlaces();
  const engine = createEngine({
    threads,
    cacheFolder,
    log: () => undefined,
  });
  try {
    const { rows } = await withInterrupt((signal) =>
      engine.run(
        {
          kind: 'generate',
          modelFolder,
          prompts: Array.from({ length: n }, () => text),
          rowKeys: Array.from({ length: n }, (_, index) => index),
          seed,
          sampling: samplingSchema.parse({ temperature: options.temperature }),
          batchSize: Math.min(n, 16),
        },
        { signal },
      ),
    );
    for (const [index, row] of rows.entries()) {
      terminal.print(options.json ? JSON.stringify({ index, seed, ...row }) : row.text.trim());
    }
    return ExitCode.ok;
  } finally {
    await engine.close();
  }
}

/** A path (with a separator in it, or that exists) is a folder here; anything else is a published version. */
async function findModelFolder(model: string): Promise<string> {
  const folder = resolve(model);
  const isThere = await exists(folder);
  if (isThere || /[/\\]/.test(model)) {
    if (isThere && (await exists(join(folder, 'config.json')))) return folder;
    throw new UsageError(
      `${model} is not a model folder: expected config.json, tokenizer.json and model.safetensors in it, found ${isThere ? 'no config.json' : 'no such folder'}.`,
    );
  }
  const { store, cacheFolder } = readPlaces();
  const { policy } = await resolveVersion(store, model);
  return readArtifact(store, policy, cacheFolder);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
