import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getHttps } from 'node:https';
import { mediaTypeOf, type GeneratedImage } from './image-bytes.js';
import { createPublicLookup, isClosedHost } from './public-address.js';
import { readBounded } from './read-bounded.js';

export interface FetchImageOptions {
  /** The one host that may be asked whatever its address, and without TLS: the server that gave the URL. */
  trustedHost?: string;
  /** For the whole of it, milliseconds. */
  timeoutMs: number;
  /** Default 32 MiB. */
  maxBytes?: number;
  signal?: AbortSignal;
}

const MAX_BYTES = 32 * 2 ** 20;
const MAX_REDIRECTS = 3;

/**
 * The picture at an address some server gave, fetched without any key.
 *
 * Only public addresses over https, or the host that gave the address: else a server could have us ask our own network.
 * @throws Error that says what is wrong, without the address's query.
 */
export async function fetchImage(url: string, options: FetchImageOptions): Promise<GeneratedImage> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let address = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const target = checkAddress(address, options.trustedHost);
    const response = await open(target, { signal, isTrusted: isTrusted(target, options) });
    try {
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (status >= 300 && status < 400 && location !== undefined) {
        address = new URL(location, target).href;
        continue;
      }
      const where = `${target.origin}${target.pathname}`;
      if (status !== 200) throw new Error(`${where} answered ${status}`);
      const maxBytes = options.maxBytes ?? MAX_BYTES;
      const bytes = await readBounded(response, maxBytes);
      if (!bytes) throw new Error(`${where} is longer than ${maxBytes} bytes`);
      const base64 = Buffer.from(bytes).toString('base64');
      if (mediaTypeOf(base64) === undefined) {
        throw new Error(`${where} is none of PNG, JPEG, WebP and GIF`);
      }
      return { base64 };
    } finally {
      response.destroy();
    }
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

function checkAddress(address: string, trustedHost: string | undefined): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Error('it is no http(s) address');
  }
  if (url.hostname === trustedHost) return url;
  if (url.protocol !== 'https:') throw new Error(`${url.origin} is not https`);
  if (isClosedHost(url.hostname)) throw new Error(`${url.origin} is not a public address`);
  return url;
}

function isTrusted(url: URL, { trustedHost }: FetchImageOptions): boolean {
  return url.hostname === trustedHost;
}

function open(
  url: URL,
  { signal, isTrusted: trusted }: { signal: AbortSignal; isTrusted: boolean },
): Promise<IncomingMessage> {
  const options: RequestOptions = { signal, ...(trusted ? {} : { lookup: lookupPublic }) };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? getHttps : getHttp)(url, options, resolve);
    request.once('error', reject);
  });
}

const lookupPublic = createPublicLookup(
  (hostname) => new Error(`${hostname} is not a public address`),
);
