/**
 * Sends a file and tells how far it has got. Our one use of XMLHttpRequest: fetch tells nothing of a body on its way.
 */
import { placeHeaders } from '@/stores/place';
import { errorFrom, NetworkError } from './errors';
import { inSession } from './session';

export interface Uploading {
  /** Called with 0 to 100 as the bytes leave; 100 before the gateway has answered. */
  onProgress: (percent: number) => void;
  signal: AbortSignal;
}

/** The gateway's answer. Throws ApiError, NetworkError, or what the signal was aborted with. */
export async function upload(path: string, file: File, uploading: Uploading): Promise<Response> {
  const response = await inSession(() => send(path, file, uploading));
  if (!response.ok) throw await errorFrom(response);
  return response;
}

function send(path: string, file: File, { onProgress, signal }: Uploading): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open('POST', new URL(path, window.location.origin));
    const headers = { ...placeHeaders(path), 'content-type': file.type || 'application/octet-stream' };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? Math.floor((loaded / total) * 100) : 0);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new NetworkError('the gateway did not answer'));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function answerOf(request: XMLHttpRequest): Response {
  const lines = request.getAllResponseHeaders().trim().split(/\r?\n/).filter(Boolean);
  const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/).slice(0, 2) as [string, string]));
  return new Response(request.responseText, { status: request.status, headers });
}
