import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPublicLookup, isClosedHost } from '../../../providers/public-address.js';
import { assertImageSize, ImageUnreadableError, MAX_IMAGE_BYTES } from './image-bytes.js';

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 3;
const MAX_TRIES = 3;
const FIRST_WAIT_MS = 250;

export interface FetchImageOptions {
  /** Hosts, with their port if it is not the usual one, that the recipe itself names: they may be private. */
  trustedHosts: readonly string[];
  signal?: AbortSignal;
}

/**
 * The bytes behind an http or https address: at most 20 MiB, in at most 30 seconds, after at most three redirects, and
 * from no loopback or private network unless the recipe names the host itself. A server that fails is asked three times.
 *
 * @throws ImageUnreadableError if they cannot be had.
 */
export async function fetchImage(address: string, options: FetchImageOptions): Promise<Buffer> {
  if (!URL.canParse(address)) {
    throw new ImageUnreadableError(`${address.slice(0, 200)} is no address.`);
  }
  for (let round = 1; ; round += 1) {
    const outcome = await follow(new URL(address), options);
    if (!('error' in outcome)) return outcome;
    if (!outcome.mayPass || round === MAX_TRIES) throw outcome.error;
    await sleep(FIRST_WAIT_MS * 2 ** round, undefined, { signal: options.signal });
  }
}

const publicLookup = createPublicLookup(closed);

function closed(hostname: string): ImageUnreadableError {
  return new ImageUnreadableError(
    `The host ${hostname} is on a loopback or private network, where rows of a data set may not send a request. If it is yours, name it in \`images\` of the source.`,
  );
}

interface Failure {
  error: ImageUnreadableError;
  /** Another try may do better. */
  mayPass: boolean;
}

async function follow(start: URL, options: FetchImageOptions): Promise<Buffer | Failure> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal =
    options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  let url = start;
  const failure = (reason: string, mayPass: boolean, cause?: unknown): Failure => ({
    // The query may hold a signature.
    error: new ImageUnreadableError(`${url.origin}${url.pathname}: ${reason}.`, { cause }),
    mayPass,
  });
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const answer = await request(url, { signal, trustedHosts: options.trustedHosts });
      const { statusCode: status = 0 } = answer;
      const { location } = answer.headers;
      if (status >= 300 && status < 400 && location !== undefined) {
        answer.destroy();
        if (!URL.canParse(location, url.href)) return failure('redirected to no address', false);
        url = new URL(location, url);
        continue;
      }
      if (status !== 200) {
        answer.destroy();
        return failure(`answered ${status}`, status >= 500 || status === 408 || status === 429);
      }
      return await bodyOf(answer, `${url.origin}${url.pathname}`);
    }
    return failure(`redirected more than ${MAX_REDIRECTS} times`, false);
  } catch (cause) {
    if (cause instanceof ImageUnreadableError) return { error: cause, mayPass: false };
    options.signal?.throwIfAborted();
    if (timeout.aborted) return failure(`gave no picture in ${TIMEOUT_MS / 1000} seconds`, false);
    const { code, message } = cause as NodeJS.ErrnoException;
    return failure(`could not be reached (${code ?? message})`, code !== 'ENOTFOUND', cause);
  }
}

function request(
  url: URL,
  { signal, trustedHosts }: { signal: AbortSignal; trustedHosts: readonly string[] },
): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ImageUnreadableError(`${url.protocol} is no scheme for pictures; expected https.`);
  }
  const isTrusted = trustedHosts.includes(url.host);
  if (!isTrusted && isClosedHost(url.hostname)) throw closed(url.hostname);
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    // Connections to trusted hosts are not kept: another recipe may not trust them.
    get(url, { signal, ...(isTrusted ? { agent: false } : { lookup: publicLookup }) }, resolve).on(
      'error',
      reject,
    );
  });
}

async function bodyOf(answer: IncomingMessage, label: string): Promise<Buffer> {
  const told = Number(answer.headers['content-length'] ?? 1);
  if (told > MAX_IMAGE_BYTES) answer.destroy();
  assertImageSize(told, label);
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    byteLength += chunk.byteLength;
    assertImageSize(byteLength, label);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
