import { StoreRefusedError, type StoreLocation } from './store-errors.js';

export interface S3StoreOptions extends StoreLocation {
  /** Both absent: the SDK's own chain (instance role, web identity, shared files). */
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  /** Silence on a connection before it counts as broken. Default 30 000. */
  idleTimeoutMs?: number;
  /** Tries of one request, the first included. Default 5. */
  maxAttempts?: number;
}

interface ClientConfig {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  forcePathStyle: boolean;
  responseChecksumValidation: 'WHEN_REQUIRED';
  maxAttempts: number;
  /** Milliseconds. */
  requestHandler: { connectionTimeout: number; socketTimeout: number };
}

/**
 * What the SDK's client is made of.
 * @throws StoreRefusedError if the endpoint is no http or https URL.
 */
export function clientConfigOf(options: S3StoreOptions): ClientConfig {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = options;
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw new StoreRefusedError(
      'The store endpoint was expected to be a URL such as http://127.0.0.1:7070 and is none. Correct it in the environment.',
    );
  }
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
    forcePathStyle: true,
    // Readers find damage by digests; the SDK would take it for a broken connection and try for ever.
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: options.maxAttempts ?? 5,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: options.idleTimeoutMs ?? 30_000 },
  };
}
