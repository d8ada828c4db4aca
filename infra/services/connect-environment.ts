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

/**
 * Variables that hand a connected environment to another process; undefined ones are to be removed there.
 */
export function connectionVariables(environment: Environment): Record<string, string | undefined> {
  const { temporal, s3 } = environment;
  const variables: Record<string, string | undefined> = {
    BURNISH_HOME: environment.paths.root,
    BURNISH_SIMULATOR_URL: environment.simulatorUrl,
  };
  if (!temporal.isExternal) {
    variables['TEMPORAL_ADDRESS'] = temporal.address;
    variables['TEMPORAL_NAMESPACE'] = temporal.namespace;
    variables['TEMPORAL_CONFIG_FILE'] = temporalProfilePath(environment.paths.run);
    // Left over from another server, these would switch encryption on.
    variables['TEMPORAL_API_KEY'] = undefined;
    variables['TEMPORAL_TLS'] = undefined;
  }
  if (!s3.isExternal) {
    variables['AWS_ENDPOINT_URL_S3'] = s3.endpoint;
    variables['AWS_REGION'] = s3.region;
    variables['AWS_ACCESS_KEY_ID'] = s3.accessKeyId;
    variables['AWS_SECRET_ACCESS_KEY'] = s3.secretAccessKey;
    variables['AWS_SESSION_TOKEN'] = undefined;
  }
  return variables;
}
