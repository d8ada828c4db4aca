import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { BootstrapError, runLogged } from './command.mjs';

/**
 * @typedef {object} WheelPin
 * @property {string} package
 * @property {string} version
 * @property {string} pythonVersion
 * @property {string[]} platforms
 * @property {string} sha256
 * @property {string[]} unpack prefixes of the members to unpack
 */

/**
 * Ensures that a file has the pinned digest; a file that has not is removed.
 * @param {string} path
 * @param {string} sha256 hex
 * @param {string} what named in the message
 * @throws {BootstrapError}
 */
export async function verifyFile(path, sha256, what) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === sha256) return;
  rmSync(path, { force: true });
  throw new BootstrapError(
    `${what} has SHA-256 ${found}, but infra/bootstrap/pins.json pins ${sha256}. The file was removed. ` +
      'Check the package index pip is configured with, then run the command again.',
  );
}

/**
 * Arguments of pip that fetch exactly the pinned wheel under any Python 3.
 * @param {WheelPin} pin
 * @param {string} folder
 */
export function pipDownloadCommand(pin, folder) {
  const options =
    '--quiet --no-deps --no-cache-dir --no-input --disable-pip-version-check --only-binary=:all:';
  return [
    ...['python3', '-m', 'pip', 'download', ...options.split(' ')],
    ...['--python-version', pin.pythonVersion],
    ...pin.platforms.flatMap((platform) => ['--platform', platform]),
    ...['--dest', folder, `${pin.package}==${pin.version}`],
  ];
}

/**
 * Fetches a wheel, verifies it and unpacks its members into `folder`; nothing is installed into Python.
 * @param {WheelPin} pin
 * @param {string} folder
 * @param {{ downloads: string, log: string, environment: NodeJS.ProcessEnv }} options
 */
export async function unpackWheel(pin, folder, options) {
  const { downloads, environment } = options;
  const kept = join(downloads, `${pin.package}-${pin.version}.whl`);
  const what = `${pin.package} ${pin.version}`;
  if (!existsSync(kept)) {
    const partial = join(downloads, `${pin.package}-${pin.version}.partial`);
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    await runLogged(pipDownloadCommand(pin, partial), {
      environment,
      log: `${options.log}-download.log`,
    });
    const [name] = readdirSync(partial);
    if (!name) throw new BootstrapError(`pip fetched no wheel of ${what}.`);
    renameSync(join(partial, name), kept);
    rmSync(partial, { recursive: true, force: true });
  }
  await verifyFile(kept, pin.sha256, what);
  const script = fileURLToPath(new URL('unpack-wheel.py', import.meta.url));
  await runLogged(['python3', script, kept, folder, ...pin.unpack], {
    environment,
    log: `${options.log}-unpack.log`,
  });
  // The unpacked tool is kept; the archive would only double the space.
  rmSync(kept, { force: true });
}
