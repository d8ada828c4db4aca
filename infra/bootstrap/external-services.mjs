/** Variables that name a Temporal of the user's own. */
export const temporalVariables = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
/** Variables that name an S3 endpoint of the user's own. */
export const s3Variables = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'];

/**
 * Which services the user brings along, so that Burnish neither installs nor starts its own.
 * @param {NodeJS.ProcessEnv} environment
 */
export function findExternalServices(environment) {
  const isAnySet = (/** @type {string[]} */ names) => names.some((name) => environment[name]);
  return { temporal: isAnySet(temporalVariables), s3: isAnySet(s3Variables) };
}
