/** `npm run bench -- contracts`: the clients against servers that others wrote; in environments made on first use (700 MB). */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  prepareServer,
  servers,
  type ServerName,
} from '../support/servers/contracts/environments.js';

for (const name of Object.keys(servers) as ServerName[]) prepareServer(name);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/integration/providers/contract'],
  { cwd: fileURLToPath(new URL('../../', import.meta.url)), stdio: 'inherit' },
);
process.exitCode = status ?? 1;
