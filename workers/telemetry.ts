import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';

export interface Telemetry {
  /** For workers and for the workflow bundle alike; none when telemetry is off. */
  plugins: OpenTelemetryPlugin[];
  /** Sends what is still held back. */
  flush(): Promise<void>;
}

/**
 * Installs the process's Temporal runtime: logs to standard error, metrics and traces over OTLP/HTTP when there is an
 * endpoint. Call it once, before any worker or connection is made.
 */
export function installTelemetry(options: {
  service: string;
  endpoint?: string;
  /** Default: INFO. */
  logLevel?: LogLevel;
}): Telemetry {
  const { endpoint, service, logLevel = 'INFO' } = options;
  const logger = new DefaultLogger(logLevel);
  const logging = { filter: 'warn,temporalio_sdk_core=warn', forward: {} };
  if (endpoint === undefined) {
    Runtime.install({ logger, telemetryOptions: { logging } });
    return { plugins: [], flush: () => Promise.resolve() };
  }
  const base = endpoint.replace(/\/+$/, '');
  Runtime.install({
    logger,
    telemetryOptions: {
      logging,
      metrics: {
        otel: { url: `${base}/v1/metrics`, http: true, metricsExportInterval: '10 seconds' },
        globalTags: { service_name: service },
      },
    },
  });
  const resource = resourceFromAttributes({ 'service.name': service });
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${base}/v1/traces` }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  const tracer = provider.getTracer('burnish');
  return {
    // The processor takes the spans of workflows, the tracer makes those of activities.
    plugins: [new OpenTelemetryPlugin({ resource, spanProcessor, tracer })],
    flush: () => provider.shutdown(),
  };
}
