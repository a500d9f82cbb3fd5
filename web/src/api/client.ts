// One fetch, one check of Prometheus' envelope, errors in human words.

/** A request that failed: `kind` is Prometheus' errorType, or `network` or `http`. */
export class ApiError extends Error {
  readonly kind: string;
  readonly status: number;

  constructor(kind: string, message: string, status: number) {
    super(message);
    this.name = 'ApiError';
    this.kind = kind;
    this.status = status;
  }
}

export interface Envelope<T> {
  status: 'success' | 'error';
  data?: T;
  errorType?: string;
  error?: string;
  warnings?: string[];
  infos?: string[];
}

export interface Answer<T> {
  data: T;
  warnings: string[];
  infos: string[];
}

type Params = Record<string, string | number | string[] | undefined>;

export function encodeParams(params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value) search.append(name, item);
    else search.append(name, String(value));
  }
  return search.toString();
}

async function request(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('network', 'weir does not answer; is it running?', 0);
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const line = text.split('\n')[0]?.slice(0, 200) ?? '';
    throw new ApiError('http', `${path.split('?')[0]}: ${response.status} ${line}`.trim(), response.status);
  }
  if (!response.ok) {
    const envelope = body as Envelope<unknown>;
    throw new ApiError(
      envelope.errorType ?? 'http',
      envelope.error ?? `HTTP ${response.status}`,
      response.status,
    );
  }
  return body;
}

/** GET of an endpoint that answers plain JSON (our own `/api/dashboards…`). */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request(path, { signal: signal ?? null })) as T;
}

/** POST of JSON to an endpoint that answers plain JSON. */
export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal ?? null,
  };
  return (await request(path, init)) as T;
}

/** Reads an endpoint of Prometheus' API; long queries go as a form, so that no proxy cuts the address. */
export async function getApi<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<Answer<T>> {
  const encoded = encodeParams(params);
  const long = encoded.length > 2000;
  const address = encoded && !long ? `/api/v1/${path}?${encoded}` : `/api/v1/${path}`;
  const init: RequestInit = { signal: signal ?? null };
  if (long) {
    init.method = 'POST';
    init.headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    init.body = encoded;
  }
  const envelope = (await request(address, init)) as Envelope<T>;
  if (envelope.status !== 'success' || envelope.data === undefined) {
    throw new ApiError(envelope.errorType ?? 'http', envelope.error ?? 'the answer has no data', 200);
  }
  return { data: envelope.data, warnings: envelope.warnings ?? [], infos: envelope.infos ?? [] };
}

/** Only what may heal by itself is tried again, once. */
export function isRetryable(failures: number, error: Error): boolean {
  return failures < 1 && error instanceof ApiError && (error.kind === 'network' || error.status === 503);
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
