/**
 * Negative, zero or positive as `left` is older than, equal to or newer than `right`; missing parts count as 0.
 * @param {string} left such as "1.25.0"
 * @param {string} right
 */
export function compareVersions(left, right) {
  const parts = (/** @type {string} */ text) => text.split('.').map((part) => parseInt(part, 10));
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The reason this Node cannot run Burnish, or undefined if it can.
 * @param {string} version such as "v20.20.2"
 */
export function describeNodeProblem(version) {
  const found = version.replace(/^v/, '');
  const major = parseInt(found, 10);
  if ((major === 20 && compareVersions(found, '20.12.0') >= 0) || major === 22) return undefined;
  return (
    `Burnish needs Node 20 (20.12 or newer) or 22; this is Node ${found}. ` +
    (major >= 23 ? 'TensorFlow for Node does not work on Node 23 or newer. ' : '') +
    'Install Node 22 (https://nodejs.org/en/download, or `nvm install 22`) and run the command again.'
  );
}

/**
 * The reason this machine cannot run Burnish, or undefined if it can.
 * @param {string} platform as process.platform
 * @param {string} architecture as process.arch
 * @param {boolean} isGlibc whether the C library is glibc
 */
export function describePlatformProblem(platform, architecture, isGlibc) {
  if (platform === 'linux' && architecture === 'x64' && isGlibc) return undefined;
  const library = platform === 'linux' && !isGlibc ? ' with musl' : '';
  return (
    `Burnish runs on Linux x64 with glibc (Debian, Ubuntu, Fedora and the like); this is ${platform} ${architecture}${library}. ` +
    'Run it in such a virtual machine or container.'
  );
}
