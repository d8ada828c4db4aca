import { lookup, type LookupAddress } from 'node:dns';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

export const MAX_REDIRECTS = 3;

export interface PublicFetchOptions {
  /**
   * Hosts that may be on a private network and without TLS, as `URL.host` writes them: with the port unless it is the
   * scheme's own. Another port of the same machine is another service and is not trusted with it.
   */
  trustedHosts: readonly string[];
  /** True if every other host must answer over TLS. */
  requiresTls: boolean;
  /** For the whole of it, redirects included. */
  timeoutMs: number;
  maxBytes: number;
  signal?: AbortSignal;
}

/** Why a fetch failed. */
export type FetchFailure =
  | { kind: 'address' | 'scheme' | 'no TLS' | 'redirects' | 'redirect address' | 'timeout' }
  | { kind: 'private'; hostname: string }
  | { kind: 'status'; status: number }
  | { kind: 'size'; byteLength: number }
  | { kind: 'connection' };

/** A public fetch failed. No message has the address's query, which may hold a signature. */
export class PublicFetchError extends Error {
  override readonly name = 'PublicFetchError';
  readonly failure: FetchFailure;
  /** The address that failed, which may be one that the first redirected to; absent if it is no address. */
  readonly url: URL | undefined;

  constructor(message: string, failure: FetchFailure, at: { url?: URL; cause?: unknown } = {}) {
    super(message, { cause: at.cause });
    this.failure = failure;
    this.url = at.url;
  }
}

/**
 * The bytes behind an http(s) address that came from outside, and the address they were found at.
 *
 * Every hop may lead to public addresses only, else the author of the address could have this process ask its own network;
 * a trusted host is asked wherever it is. A name is checked when the connection is made, by the addresses it has then.
 * At most three redirects are followed, and no key, cookie or authorisation is sent.
 * @throws PublicFetchError if it fails.
 * @throws the reason of `signal` if that is aborted.
 */
export async function publicFetch(
  address: string,
  options: PublicFetchOptions,
): Promise<{ bytes: Buffer; url: URL }> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  if (!URL.canParse(address)) throw new PublicFetchError(NO_ADDRESS, { kind: 'address' });
  let url = new URL(address);
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const answer = await request(url, options, signal);
      try {
        const { statusCode: status = 0, headers } = answer;
        if (status >= 300 && status < 400 && headers.location !== undefined) {
          if (!URL.canParse(headers.location, url.href)) {
            throw new PublicFetchError('Invalid URL', { kind: 'redirect address' }, { url });
          }
          url = new URL(headers.location, url);
          continue;
        }
        if (status !== 200) {
          throw new PublicFetchError(
            `${placeOf(url)} answered ${status}`,
            { kind: 'status', status },
            { url },
          );
        }
        return { bytes: await readBody(answer, url, options.maxBytes), url };
      } finally {
        answer.destroy();
      }
    }
  } catch (cause) {
    if (cause instanceof PublicFetchError) throw cause;
    options.signal?.throwIfAborted();
    const kind = timeout.aborted ? 'timeout' : 'connection';
    throw new PublicFetchError((cause as Error).message, { kind }, { url, cause });
  }
  throw new PublicFetchError(
    `more than ${MAX_REDIRECTS} redirects`,
    { kind: 'redirects' },
    { url },
  );
}

const NO_ADDRESS = 'it is no http(s) address';

/** An address as messages show it: without query and fragment. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function request(
  url: URL,
  { trustedHosts, requiresTls }: PublicFetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new PublicFetchError(NO_ADDRESS, { kind: 'scheme' }, { url });
  }
  const isTrusted = trustedHosts.includes(url.host);
  if (!isTrusted) {
    if (requiresTls && url.protocol !== 'https:') {
      throw new PublicFetchError(`${url.origin} is not https`, { kind: 'no TLS' }, { url });
    }
    const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      throw new PublicFetchError(
        `${url.origin} is not a public address`,
        { kind: 'private', hostname: url.hostname },
        { url },
      );
    }
  }
  // Connections to trusted hosts are not kept: another caller may not trust them.
  const options: RequestOptions = isTrusted ? { agent: false } : { lookup: publicLookup };
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    get(url, { signal, ...options }, resolve).once('error', reject);
  });
}

/** A look-up that fails where one of a name's addresses is not public. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (first === undefined || !addresses.every((each) => isPublicAddress(each.address))) {
      const message = `${hostname} is not a public address`;
      callback(new PublicFetchError(message, { kind: 'private', hostname }), '');
    } else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

async function readBody(answer: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
  const assertSize = (byteLength: number) => {
    if (byteLength <= maxBytes) return;
    throw new PublicFetchError(
      `${placeOf(url)} is longer than ${maxBytes} bytes`,
      { kind: 'size', byteLength },
      { url },
    );
  };
  assertSize(Number(answer.headers['content-length'] ?? 0));
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    byteLength += chunk.byteLength;
    assertSize(byteLength);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Of IPv6 only 2000::/3 is given out to hosts; the library takes what is not assigned for unicast. */
const ASSIGNED_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** True for an address that anyone on the internet could reach; addresses that carry an IPv4 address are none. */
export function isPublicAddress(address: string): boolean {
  // The library also takes octal and shortened notations, and zones, which are of this machine's own links.
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(ASSIGNED_IPV6);
}
