/** An answer that has not begun by then is not waited for; until then its frame must stay, or the browser gives the request up. */
const patienceMs = 120_000;
let count = 0;

/**
 * Fetches a file as the browser fetches files: by a form, so that a ticket is in no address, and nothing of many gigabytes has to fit
 * into memory. The form goes into a hidden frame: a refusal does not take the page's place, and a page that is sending something does
 * not ask whether it may be left. `refused` is called where something else than a file came.
 */
export function fetchByForm(address: string, fields: Readonly<Record<string, string>>, refused?: () => void): void {
  const frame = document.createElement('iframe');
  frame.name = `fetch-${++count}`;
  frame.hidden = true;
  const timer = setTimeout(() => frame.remove(), patienceMs);
  // A file that is saved loads nothing into the frame.
  frame.addEventListener('load', () => {
    if (isBlank(frame)) return;
    clearTimeout(timer);
    frame.remove();
    refused?.();
  });
  const form = document.createElement('form');
  form.method = 'post';
  form.action = address;
  form.target = frame.name;
  form.hidden = true;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(frame, form);
  form.submit();
  form.remove();
}

/** Whether the frame is as it was made. What it may not show cannot be looked into. */
function isBlank(frame: HTMLIFrameElement): boolean {
  try {
    return frame.contentWindow?.location.href === 'about:blank';
  } catch {
    return false;
  }
}
