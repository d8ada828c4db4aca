import { servicesDown } from '../infra/services/services.js';
import { ExitCode } from './failures.js';
import type { Terminal } from './terminal.js';

/** Ends every process that Burnish started on this machine; runs go on at the next `up`. */
export async function down(terminal: Terminal): Promise<ExitCode> {
  await servicesDown({ onProgress: (line) => terminal.note(line) });
  return ExitCode.ok;
}
