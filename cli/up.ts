import { servicesUp } from '../infra/services/services.js';
import { ExitCode } from './failures.js';
import { renderServices } from './services-table.js';
import type { Terminal } from './terminal.js';

/** Starts what is not running, and prints where everything is. */
export async function up(terminal: Terminal): Promise<ExitCode> {
  const services = await servicesUp({ onProgress: (line) => terminal.note(line) });
  for (const line of renderServices(services)) terminal.print(line);
  return ExitCode.ok;
}
