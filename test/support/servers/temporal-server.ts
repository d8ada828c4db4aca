import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SearchAttribute } from '../../../contracts/names.js';
import { inheritVariables } from '../../../infra/environment.js';
import { findServerProgram } from './find-program.js';

export interface TemporalServer {
  address: string;
  /** Runs the Temporal CLI against this server; throws with its output when it fails. */
  cli(...commandLine: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Temporal's dev server on a free port of 127.0.0.1, in memory, with Burnish's search attributes.
 * @throws Error if there is no binary or it does not answer.
 */
export async function startTemporalServer(extraArgs: string[] = []): Promise<TemporalServer> {
  const path = findServerProgram('temporal');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      ip: '127.0.0.1',
      searchAttributes: Object.values(SearchAttribute).map((name) =>
        defineSearchAttributeKey(name, 'KEYWORD'),
      ),
      log: { format: 'pretty', level: 'error' },
      extraArgs,
    },
  });
  const { address } = environment;
  return {
    address,
    cli: async (...commandLine) => {
      const { stdout } = await promisify(execFile)(path, [...commandLine, '--address', address], {
        timeout: 60_000,
        env: inheritVariables({ NO_COLOR: '1' }),
      });
      return stdout;
    },
    stop: () => environment.teardown(),
  };
}
