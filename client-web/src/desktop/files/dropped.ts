/** What was dropped: files, and the names of folders, which are none. */
export interface Dropped {
  readonly files: readonly File[];
  readonly folders: readonly string[];
}

/** Whether files are dragged, rather than text or a picture of a page. */
export function carriesFiles(data: Pick<DataTransfer, 'types'> | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** To be asked while the drop is told: afterwards a browser says nothing of it any more. */
export function droppedOf(data: Pick<DataTransfer, 'items'>): Dropped {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of data.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory) folders.push(entry.name);
    else if (file) files.push(file);
  }
  return { files, folders };
}
