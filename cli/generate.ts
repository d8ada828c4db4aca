import { join } from 'node:path';
import { createEngine } from '../engine/process/client.js';
import { samplingSchema } from '../recipe/sections/sampling.js';
import { inheritVariables } from '../infra/environment.js';
import { ExitCode, UsageError } from './failures.js';
import { connectEnvironment } from '../infra/services/connect-environment.js';
import { findModelFolder } from './find-model.js';
import { printTexts } from './print-texts.js';
import type { Terminal } from './terminal.js';

export interface GenerateOptions {
  n: number;
  seed: number;
  /** Absent: the model behind `production`. */
  model?: string;
  temperature: number;
  json: boolean;
  terminal: Terminal;
}

/** Rows drawn side by side; they are printed before the next ones are drawn. */
const rowsAtOnce = 16;

/**
 * Prints `n` rewrites of a description, on a screen while they are written; the engine runs here, so a model in a folder needs no server.
 *
 * @throws UsageError if the model is no model folder, or the description is empty.
 */
export async function generate(description: string, options: GenerateOptions): Promise<ExitCode> {
  const { n, seed, terminal } = options;
  const text = description.trim().replaceAll(/\s+/g, ' ');
  if (text === '') throw new UsageError('The description is empty. Give a few words in quotes.');
  const modelFolder = await findModelFolder(options.model);
  const { threads, paths } = connectEnvironment();
  const engine = createEngine({
    threads,
    cacheFolder: join(paths.cache, 'engine'),
    log: () => undefined,
    execArgv: process.execArgv,
    environment: inheritVariables({}),
  });
  const sampling = samplingSchema.parse({ temperature: options.temperature });
  try {
    for (let first = 0; first < n; first += rowsAtOnce) {
      const rowKeys = Array.from(
        { length: Math.min(rowsAtOnce, n - first) },
        (_, row) => first + row,
      );
      const stream = terminal.isInteractive && !options.json;
      const printed = printTexts(terminal);
      const { rows } = await engine.run(
        {
          kind: 'generate',
          modelFolder,
          prompts: rowKeys.map(() => text),
          rowKeys,
          seed,
          sampling,
          batchSize: rowKeys.length,
          stream,
        },
        { onText: printed.grow },
      );
      for (const [index, row] of rows.entries()) {
        if (options.json) terminal.print(JSON.stringify({ index: first + index, seed, ...row }));
        else printed.end(index, row.text);
      }
    }
    return ExitCode.ok;
  } finally {
    await engine.close();
  }
}
