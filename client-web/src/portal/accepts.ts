/** Types of files that browsers often do not know, by the endings of their names. */
const known: Readonly<Record<string, string>> = {
  odt: 'application/vnd.oasis.opendocument.text', ods: 'application/vnd.oasis.opendocument.spreadsheet', odp: 'application/vnd.oasis.opendocument.presentation', odg: 'application/vnd.oasis.opendocument.graphics',
  doc: 'application/msword', xls: 'application/vnd.ms-excel', ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf', csv: 'text/csv', md: 'text/markdown', hwp: 'application/x-hwp', hwpx: 'application/hwp+zip', xcf: 'image/x-xcf', dxf: 'image/vnd.dxf', epub: 'application/epub+zip',
};

/** Whether an application that opens `types` takes a file. What nobody knows the type of, the application may look at itself. */
export function takes(types: readonly string[], { name, type }: Pick<File, 'name' | 'type'>): boolean {
  if (types.length === 0) return false;
  const is = (type || known[endingOf(name)] || '').toLowerCase().replace(/;.*$/, '').trim();
  if (is === '' || is === 'application/octet-stream') return true;
  return types.some((each) => {
    const taken = each.toLowerCase();
    if (taken === is || taken === '*/*') return true;
    if (taken.endsWith('/*')) return is.startsWith(taken.slice(0, -1));
    // All text is plain text, too.
    return taken === 'text/plain' && is.startsWith('text/');
  });
}

/** What a dialog that chooses files shall offer. */
export function offeredFor(types: readonly string[]): string {
  return [...types, ...Object.entries(known).flatMap(([ending, type]) => (types.includes(type) ? `.${ending}` : []))].join(',');
}

function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}
