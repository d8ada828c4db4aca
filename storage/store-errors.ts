/** Where a request went; endpoints are shown without user name and password. */
export interface StoreLocation {
  bucket: string;
  /** Absent: the cloud provider's own endpoint for the region. */
  endpoint?: string;
  region: string;
}

/** The store said no and will say no again: wrong credentials, a missing bucket, preconditions ignored. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
}

/** The store could not answer now: unreachable, slow, overloaded, out of space. Waiting can help. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

const credentialCodes = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'XAdminUserNotFound',
]);
/** Wrong bucket name, region or endpoint; a signature made for another region counts as malformed. */
const wrongPlaceCodes = new Set([
  'AuthorizationHeaderMalformed',
  'BucketAlreadyExists',
  'EndpointError',
  'IllegalLocationConstraintException',
  'InvalidBucketName',
  'PermanentRedirect',
]);
const fullDiskCodes = new Set(['InsufficientStorage', 'QuotaExceeded', 'XMinioStorageFull']);
/** Answers with a 4xx status that a second try can change. */
const transientCodes = new Set([
  'BadDigest',
  'IncompleteBody',
  'NoSuchUpload',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'XAmzContentChecksumMismatch',
]);
/** Failed writes of local files name no path. */
const localDiskCodes = new Set(['EDQUOT', 'EFBIG', 'EIO', 'ENOSPC', 'EROFS']);
const certificateCodes =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

/**
 * The error to throw for a failed request: refused where waiting cannot help, unavailable where it can.
 * Errors of the local file system come back as they are.
 */
export function explainStoreError(error: unknown, action: string, location: StoreLocation): Error {
  if (error instanceof StoreRefusedError || error instanceof StoreUnavailableError) return error;
  const found = describeError(error);
  if (found.isLocalFile && error instanceof Error) return error;
  const where = describeLocation(location);
  const refused = (reason: string, cure: string): StoreRefusedError =>
    new StoreRefusedError(`${action} was refused: ${reason}; asked of ${where}. ${cure}`, {
      cause: plainCause(error),
    });

  const { code, status } = found;
  if (code === 'NoSuchBucket') {
    return refused(
      'the bucket does not exist',
      'Create the bucket, or correct the bucket name and endpoint in the environment.',
    );
  }
  const unavailable = (): StoreUnavailableError =>
    new StoreUnavailableError(
      `${action} got no answer to rely on: ${describeFailure(found)}; asked of ${where}. ${cureOf(found)}`,
      { cause: plainCause(error) },
    );

  if (transientCodes.has(code)) return unavailable();
  if (credentialCodes.has(code) || status === 401 || status === 403) {
    return refused(
      `the credentials do not allow it (${code})`,
      'Check the access key and secret in the environment, and that they may list, read, write and delete in this bucket.',
    );
  }
  if (wrongPlaceCodes.has(code) || status === 301) {
    return refused(
      `the bucket is not served here (${code})`,
      'Correct the bucket name, region and endpoint in the environment.',
    );
  }
  if (certificateCodes.test(code)) {
    return refused(
      `the server's certificate is not trusted (${code})`,
      'Give Node the authority with NODE_EXTRA_CA_CERTS, or correct the endpoint.',
    );
  }
  const isClientError = status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
  if (isClientError || status === 501) {
    return refused(
      `the server answered ${describeFailure(found)}`,
      'This request is not supported or not allowed there; run the store probe to see what is missing.',
    );
  }
  return unavailable();
}

/**
 * The error without its request and response: those hold the signature and any session token, and a logger prints all
 * it finds.
 */
export function plainCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const plain = new Error(error.message);
  plain.name = error.name;
  if (error.stack !== undefined) plain.stack = error.stack;
  return plain;
}

interface DescribedError {
  code: string;
  status: number;
  message: string;
  isLocalFile: boolean;
}

function describeFailure({ status, code, message }: DescribedError): string {
  return `${status > 0 ? `${status} ` : ''}${code} (${message})`;
}

function cureOf({ status, code }: DescribedError): string {
  return fullDiskCodes.has(code) || status === 507
    ? 'The store is full: make room there; the work goes on from where it stands.'
    : 'Trying again can help; if it does not, check that the server runs and can be reached.';
}

/** `bucket "name", http://host:port`, never with what stands before an `@`. */
function describeLocation({ bucket, endpoint, region }: StoreLocation): string {
  if (endpoint === undefined) return `bucket "${bucket}", region ${region}`;
  const server = URL.canParse(endpoint)
    ? new URL(endpoint).origin
    : 'an endpoint that is not a URL';
  return `bucket "${bucket}", ${server}`;
}

function describeError(error: unknown): DescribedError {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    Code?: unknown;
    path?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const status = fields.$metadata?.httpStatusCode ?? 0;
  const name = typeof fields.name === 'string' ? fields.name : 'Error';
  // Network errors carry the useful name in `code`, answers of the server in `name`.
  const code = status === 0 && typeof fields.code === 'string' ? fields.code : name;
  const firstLine = typeof fields.message === 'string' ? (fields.message.split('\n')[0] ?? '') : '';
  return {
    code,
    status,
    message: firstLine.slice(0, 200),
    isLocalFile:
      status === 0 &&
      (localDiskCodes.has(code) || (typeof fields.path === 'string' && /^E[A-Z]+$/.test(code))),
  };
}

interface Answered {
  name?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

/** HTTP status of a failed request; 0 when no answer came. */
export function statusOf(error: unknown): number {
  return (error as Answered).$metadata?.httpStatusCode ?? 0;
}

/** The server's error code, or the name of the error. */
export function codeOf(error: unknown): string {
  return (error as Answered).name ?? '';
}

/** Tries the SDK made before it threw; 0 when the error arose while the body was read. */
export function attemptsOf(error: unknown): number {
  return (error as Answered).$metadata?.attempts ?? 0;
}
