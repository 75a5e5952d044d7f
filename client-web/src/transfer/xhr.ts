import type { UploadAnswer, UploadLine, UploadTarget } from './upload';

/** A line on which nothing moves for so long is given up. */
const stillMs = 60_000;

/** XMLHttpRequest, because it alone says how much of a request has left. */
export const browserLine: UploadLine = {
  head: (target, stop) => send('HEAD', target, {}, null, () => undefined, stop),
  patch: (target, offset, piece, onSent, stop) => send('PATCH', target, { 'Vdi-Offset': String(offset), 'Content-Type': 'application/octet-stream' }, piece, onSent, stop),
};

function send(method: string, { address, ticket }: UploadTarget, headers: Readonly<Record<string, string>>, body: ArrayBuffer | null, onSent: (bytes: number) => void, stop: AbortSignal): Promise<UploadAnswer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    let still = setTimeout(abort, stillMs);
    const moved = (): void => {
      clearTimeout(still);
      still = setTimeout(abort, stillMs);
    };
    request.open(method, address);
    request.setRequestHeader('Vdi-Ticket', ticket);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      moved();
      onSent(loaded);
    };
    request.onloadend = () => {
      clearTimeout(still);
      stop.removeEventListener('abort', abort);
      resolve(answerOf(request));
    };
    stop.addEventListener('abort', abort);
    if (stop.aborted) abort();
    request.send(body);
  });
}

function answerOf(request: XMLHttpRequest): UploadAnswer {
  const offset = request.status === 0 ? null : request.getResponseHeader('Vdi-Offset');
  return { status: request.status, offset: offset === null || !/^\d+$/.test(offset) ? undefined : Number(offset), name: request.status === 0 ? undefined : nameOf(request.getResponseHeader('Vdi-Name')), ...problemOf(request.responseText) };
}

/** Headers have no letters but those of English: all others are written in percents, as UTF-8. */
function nameOf(header: string | null): string | undefined {
  try {
    return header === null || header === '' ? undefined : decodeURIComponent(header);
  } catch {
    return undefined;
  }
}

function problemOf(text: string): { readonly code: string; readonly detail: string } {
  try {
    const problem = JSON.parse(text) as { readonly code?: unknown; readonly detail?: unknown };
    return { code: typeof problem.code === 'string' ? problem.code : 'unknown', detail: typeof problem.detail === 'string' ? problem.detail : '' };
  } catch {
    return { code: 'unknown', detail: '' };
  }
}
