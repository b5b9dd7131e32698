/** What the gateway's refusals become here: one class, whatever route said no, and one for a network that is away. */

/** The gateway's answer to something it would not or could not do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    /** Stable; what a program switches on. */
    readonly code: string,
    /** The field at fault. */
    readonly param: string | null,
    /** Finds the whole story of the request. */
    readonly traceId: string | null,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

/** No answer came: the machine is offline, the gateway is away, or the connection broke. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Reads an answer that is no success. Never throws: a proxy's HTML page becomes an error with its status, too. */
export async function errorFrom(response: Response): Promise<ApiError> {
  const told = readError(await response.text().catch(() => ''));
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(
    response.status,
    told.message ?? response.statusText ?? String(response.status),
    told.code ?? `http_${response.status}`,
    told.param ?? null,
    told.trace_id ?? response.headers.get('x-trace-id'),
    Number.isFinite(wait) ? wait : null,
  );
}

interface ToldError {
  message?: string;
  code?: string;
  param?: string | null;
  trace_id?: string;
}

function readError(text: string): ToldError {
  try {
    const body: unknown = JSON.parse(text);
    const error = (body as { error?: unknown } | null)?.error;
    return typeof error === 'object' && error !== null ? (error as ToldError) : {};
  } catch {
    return {};
  }
}
