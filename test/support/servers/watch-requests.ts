import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** A request as it was sent; without a status if it was not answered. */
export interface SentRequest {
  method: string;
  path: string;
  status?: number;
}

/** Every request that this process sends to HTTP servers while `work` runs, retries included. */
export async function watchRequests(work: () => Promise<unknown>): Promise<SentRequest[]> {
  const sent = new Map<unknown, SentRequest>();
  const onCreate = (message: unknown): void => {
    const { request } = message as { request: SentRequest };
    sent.set(request, { method: request.method, path: request.path });
  };
  const onHeaders = (message: unknown): void => {
    const { request, response } = message as { request: unknown; response: { statusCode: number } };
    const found = sent.get(request);
    if (found) found.status = response.statusCode;
  };
  subscribe('undici:request:create', onCreate);
  subscribe('undici:request:headers', onHeaders);
  try {
    await work();
  } finally {
    unsubscribe('undici:request:create', onCreate);
    unsubscribe('undici:request:headers', onHeaders);
  }
  return [...sent.values()];
}
