import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ProviderName } from '../recipe/sections/providers.js';
import { projectFolder } from './bootstrap/paths.mjs';
import { findExternalServices } from './bootstrap/prerequisites.mjs';

/** How to reach Temporal; `connect` goes to `loadClientConnectConfig` of @temporalio/envconfig as it is. */
export interface TemporalEnvironment {
  /** True when the user brings a Temporal along: Burnish then starts none. */
  isExternal: boolean;
  /** Undefined when it stands in a profile, or when the embedded server is not running. */
  address?: string;
  namespace: string;
  /** The embedded server's web interface. */
  uiUrl?: string;
  connect: { disableFile: boolean; overrideEnvVars: Record<string, string> };
}

/** How to reach the object store; without keys the AWS SDK looks for credentials itself. */
export interface S3Environment {
  isExternal: boolean;
  /** Undefined when the embedded gateway is not running. */
  endpoint?: string;
  region: string;
  bucket: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
}

/** Everything Burnish takes from the environment variables. */
export interface Environment {
  paths: ReturnType<typeof pathsOf>;
  temporal: TemporalEnvironment;
  s3: S3Environment;
  /** Address of a simulator the user started; undefined: the embedded one. */
  simulatorUrl?: string;
  /** API keys by provider. */
  providerKeys: Partial<Record<ProviderName, string>>;
  /** OTLP endpoint; undefined: no telemetry is exported. */
  telemetryEndpoint?: string;
  /** Version under which workers serve; undefined: they take all work there is. */
  deployment?: { deploymentName: string; buildId: string };
  /** Threads TensorFlow may use in one process. */
  threads: number;
  /** Seconds without a message after which an engine counts as hung. */
  engineStallSeconds: number;
  /** Bytes that downloads and compiled graphs may take on this machine. */
  cacheBytes: number;
  /** Ports asked for by name; those absent are chosen. */
  ports: { temporal?: number; temporalUi?: number; s3?: number; simulator?: number };
  /** File that a service started by Burnish writes once it is ready. */
  readyFile?: string;
}

/** The environment variables are wrong; every mistake is listed. */
export class EnvironmentError extends Error {
  constructor(mistakes: string[]) {
    super(
      `The environment variables are wrong:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'EnvironmentError';
  }
}

const url = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional();
const port = wholeNumber(65_535, 'expected a port from 1 to 65535').optional();
const text = z.string().optional();

const variablesSchema = z
  .object({
    BURNISH_HOME: text,
    TEMPORAL_ADDRESS: z
      .string()
      .regex(/^[^\s/]+:\d+$/, 'expected host:port, such as temporal.example.com:7233')
      .optional(),
    TEMPORAL_NAMESPACE: text,
    TEMPORAL_DEPLOYMENT_NAME: text,
    TEMPORAL_WORKER_BUILD_ID: text,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: text,
    AWS_DEFAULT_REGION: text,
    AWS_ACCESS_KEY_ID: text,
    AWS_SECRET_ACCESS_KEY: text,
    AWS_SESSION_TOKEN: text,
    BURNISH_BUCKET: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'expected a bucket name: 3 to 63 of a-z, 0-9, dot and dash',
      )
      .default('burnish'),
    BURNISH_SIMULATOR_URL: url,
    BURNISH_CHAT_API_KEY: text,
    BURNISH_CAPTIONS_API_KEY: text,
    BURNISH_IMAGES_API_KEY: text,
    BURNISH_SCORES_API_KEY: text,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    BURNISH_THREADS: wholeNumber(1024, 'expected a whole number from 1 to 1024').default(
      availableParallelism(),
    ),
    BURNISH_ENGINE_STALL_SECONDS: z.coerce
      .number({ error: 'expected seconds, from 10 to 86400' })
      .min(10, 'expected seconds, from 10 to 86400')
      .max(86_400, 'expected seconds, from 10 to 86400')
      .default(1800),
    BURNISH_CACHE_GB: z.coerce
      .number({ error: 'expected gigabytes, such as 20 or 0.5' })
      .min(0, 'expected gigabytes, such as 20 or 0.5')
      .default(20),
    BURNISH_TEMPORAL_PORT: port,
    BURNISH_TEMPORAL_UI_PORT: port,
    BURNISH_S3_PORT: port,
    BURNISH_SIMULATOR_PORT: port,
    BURNISH_READY_FILE: text,
  })
  .refine(
    (set) => (set.AWS_ACCESS_KEY_ID === undefined) === (set.AWS_SECRET_ACCESS_KEY === undefined),
    {
      path: ['AWS_ACCESS_KEY_ID'],
      message: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set together or not at all',
    },
  )
  .refine(
    (set) =>
      (set.TEMPORAL_DEPLOYMENT_NAME === undefined) === (set.TEMPORAL_WORKER_BUILD_ID === undefined),
    {
      path: ['TEMPORAL_WORKER_BUILD_ID'],
      message:
        'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID are set together or not at all',
    },
  );

/** A whole number from 1 to `most`; the message is the same whatever is wrong. */
function wholeNumber(most: number, error: string): z.ZodCoercedNumber {
  return z.coerce.number({ error }).int(error).min(1, error).max(most, error);
}

/**
 * Everything Burnish takes from environment variables; empty ones count as not set.
 * @throws EnvironmentError that lists every mistake.
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = variablesSchema.safeParse(given);
  if (!parsed.success)
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  const set = parsed.data;
  const external = findExternalServices(given);
  return withoutUndefined({
    paths: pathsOf(resolve(set.BURNISH_HOME ?? join(projectFolder, '.burnish'))),
    temporal: withoutUndefined({
      isExternal: external.temporal,
      address: set.TEMPORAL_ADDRESS,
      namespace: set.TEMPORAL_NAMESPACE ?? 'default',
      connect: { disableFile: !external.temporal, overrideEnvVars: temporalVariablesOf(given) },
    }),
    s3: withoutUndefined({
      isExternal: external.s3,
      endpoint: set.AWS_ENDPOINT_URL_S3 ?? set.AWS_ENDPOINT_URL,
      region: set.AWS_REGION ?? set.AWS_DEFAULT_REGION ?? 'us-east-1',
      bucket: set.BURNISH_BUCKET,
      // Keys without an endpoint are for another store; the embedded one has its own.
      ...(external.s3 && {
        accessKeyId: set.AWS_ACCESS_KEY_ID,
        secretAccessKey: set.AWS_SECRET_ACCESS_KEY,
        sessionToken: set.AWS_SESSION_TOKEN,
      }),
    }),
    simulatorUrl: set.BURNISH_SIMULATOR_URL,
    providerKeys: withoutUndefined({
      chat: set.BURNISH_CHAT_API_KEY,
      captions: set.BURNISH_CAPTIONS_API_KEY,
      images: set.BURNISH_IMAGES_API_KEY,
      scores: set.BURNISH_SCORES_API_KEY,
    } satisfies Record<ProviderName, string | undefined>),
    telemetryEndpoint: set.OTEL_EXPORTER_OTLP_ENDPOINT,
    deployment:
      set.TEMPORAL_DEPLOYMENT_NAME !== undefined && set.TEMPORAL_WORKER_BUILD_ID !== undefined
        ? { deploymentName: set.TEMPORAL_DEPLOYMENT_NAME, buildId: set.TEMPORAL_WORKER_BUILD_ID }
        : undefined,
    threads: set.BURNISH_THREADS,
    engineStallSeconds: set.BURNISH_ENGINE_STALL_SECONDS,
    cacheBytes: set.BURNISH_CACHE_GB * 1e9,
    ports: withoutUndefined({
      temporal: set.BURNISH_TEMPORAL_PORT,
      temporalUi: set.BURNISH_TEMPORAL_UI_PORT,
      s3: set.BURNISH_S3_PORT,
      simulator: set.BURNISH_SIMULATOR_PORT,
    }),
    readyFile: set.BURNISH_READY_FILE,
  });
}

/** This process's variables with some added or, where undefined, removed: for the processes it starts. */
export function inheritVariables(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return withoutUndefined({ ...process.env, ...changes });
}

/** Folders and programs of this checkout; `root` is `.burnish`, or BURNISH_HOME. */
function pathsOf(root: string) {
  const programs = join(projectFolder, '.burnish', 'tools', 'bin');
  return {
    /** The checkout. */
    project: projectFolder,
    root,
    /** Process ids, ports and credentials of the services. */
    run: join(root, 'run'),
    /** Databases and objects of the embedded services. */
    data: join(root, 'data'),
    logs: join(root, 'logs'),
    /** Files that can be fetched or made again: artifacts, checkpoints, compiled graphs. */
    cache: join(root, 'work'),
    /** Reports and what else a person opens. */
    reports: join(root, 'reports'),
    temporalProgram: join(programs, 'temporal'),
    s3GatewayProgram: join(programs, 'versitygw'),
  };
}

/** What @temporalio/envconfig reads, with the two variables by which it finds its file. */
function temporalVariablesOf(source: NodeJS.ProcessEnv): Record<string, string> {
  const isRead = (name: string): boolean =>
    name.startsWith('TEMPORAL_') || name === 'HOME' || name === 'XDG_CONFIG_HOME';
  return Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, string] => isRead(entry[0])),
  );
}

type Defined<T> = {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
} & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Defined<T>;
}
