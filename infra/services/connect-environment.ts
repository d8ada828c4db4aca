import { join } from 'node:path';
import { isAlive } from '../../files/process-identity.js';
import { readEnvironment, type Environment } from '../environment.js';
import { readServiceRecords, type ServiceName, type ServiceRecord } from './service-state.js';
import { readStoreCredentials } from './store-credentials.js';

/** Profile of the embedded server, for the Temporal CLI and for the processes Burnish starts. */
export const temporalProfilePath = (runFolder: string): string => join(runFolder, 'temporal.toml');

/**
 * The environment with the addresses and keys of the embedded services that run now filled in.
 *
 * What the user brings along stays as it is; an embedded service that does not run leaves its address undefined.
 */
export function connectEnvironment(environment: Environment = readEnvironment()): Environment {
  const records = readServiceRecords(environment.paths.run).filter(isAlive);
  return fillIn(environment, (name) => records.find((record) => record.name === name));
}

/** As `connectEnvironment`, from records at hand. */
export function fillIn(
  environment: Environment,
  find: (name: ServiceName) => ServiceRecord | undefined,
): Environment {
  const connected = { ...environment };
  const temporal = find('temporal');
  if (!environment.temporal.isExternal && temporal?.address !== undefined)
    connected.temporal = {
      ...environment.temporal,
      address: temporal.address,
      ...(temporal.uiUrl === undefined ? {} : { uiUrl: temporal.uiUrl }),
      connect: {
        disableFile: true,
        overrideEnvVars: {
          TEMPORAL_ADDRESS: temporal.address,
          TEMPORAL_NAMESPACE: environment.temporal.namespace,
        },
      },
    };
  const s3 = find('s3');
  const credentials = readStoreCredentials(environment.paths.run);
  if (!environment.s3.isExternal && s3?.address !== undefined && credentials)
    connected.s3 = { ...environment.s3, endpoint: s3.address, ...credentials };
  const simulator = find('simulator');
  if (environment.simulatorUrl === undefined && simulator?.address !== undefined)
    connected.simulatorUrl = simulator.address;
  return connected;
}

/** Variables that hand a connected environment to another process; undefined ones are to be removed there. */
export function connectionVariables(environment: Environment): Record<string, string | undefined> {
  const { temporal, s3 } = environment;
  return {
    BURNISH_HOME: environment.paths.root,
    BURNISH_SIMULATOR_URL: environment.simulatorUrl,
    ...(!temporal.isExternal && {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      TEMPORAL_CONFIG_FILE: temporalProfilePath(environment.paths.run),
      // Left over from another server, these would switch encryption on.
      TEMPORAL_API_KEY: undefined,
      TEMPORAL_TLS: undefined,
    }),
    ...(!s3.isExternal && {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_SESSION_TOKEN: undefined,
    }),
  };
}
