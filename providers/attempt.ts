import { setMaxListeners } from 'node:events';
import { Agent, type Dispatcher } from 'undici';

/** One HTTP request as it is sent. */
export interface Sending {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Headers of an answer by their name in lower case. */
export type AnswerHeaders = Pick<Headers, 'get'>;

/** What came back: an answer of any status, or the reason why there is none. */
export type Attempt =
  | { status: number; headers: AnswerHeaders; bytes: Uint8Array }
  | { fault: string; status?: undefined };

/** More than the largest answer, sixteen large pictures in base64. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
const GIVEN_UP = new Error('given up');
/** Without limits of its own: the clients limit connections and the time of an answer. */
const agent = new Agent({ connections: null, headersTimeout: 0, bodyTimeout: 0 });

/**
 * Sends one request and reads its answer whole; a fault is returned, never thrown, and repeats no part of the address.
 *
 * It calls undici's dispatcher, as `fetch` takes several times the processor time a call. Redirects are not followed: a
 * redirected POST would become a GET, so the address in the recipe must be the right one.
 */
export async function attempt(sending: Sending): Promise<Attempt> {
  const { method, url, headers, body, timeoutMs, signal } = sending;
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    let answered: { status: number; headers: AnswerHeaders } | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;
    const end = (result: Attempt): void => {
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const giveUp = (fault: string): void => {
      end({ fault });
      controller?.abort(GIVEN_UP);
    };
    const onAbort = (): void => {
      giveUp('it was given up');
    };
    const timer = setTimeout(() => {
      giveUp(`no answer within ${timeoutMs} ms`);
    }, timeoutMs);
    // Many calls of one activity listen to its one signal.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', onAbort, { once: true });
    const path = pathname + search;
    agent.dispatch(
      { origin, path, method, headers, body: body ?? null },
      {
        onRequestStart: (own) => {
          controller = own;
          if (isOver) own.abort(GIVEN_UP);
        },
        onResponseStart: (_, status, found) => {
          answered = { status, headers: headersOf(found) };
        },
        onResponseData: (_, chunk) => {
          byteLength += chunk.length;
          chunks.push(chunk);
          if (byteLength > MAX_ANSWER_BYTES)
            giveUp(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
        },
        onResponseEnd: () => {
          // A body of one chunk is not copied.
          const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
          if (answered) end({ ...answered, bytes });
        },
        // The error's own text may repeat an address with credentials, so only its code is kept.
        onResponseError: (_, error) => {
          const code = 'code' in error ? String(error.code) : 'unknown fault';
          if (!isOver) end({ fault: `the connection failed (${code})` });
        },
      },
    );
  });
}

function headersOf(headers: Record<string, string | string[] | undefined>): AnswerHeaders {
  return {
    get: (name) => {
      const value = headers[name];
      return (typeof value === 'object' ? value[0] : value) ?? null;
    },
  };
}
