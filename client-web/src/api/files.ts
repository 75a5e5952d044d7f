import { call } from './client';

/** Where files of a desktop go to and come from, and what lets one; the desktop's hub gives it. */
export interface FileAccess {
  readonly address: string;
  readonly ticket: string;
}

export interface SharedFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}

/** What lies in the desktop's folder for this computer. */
export interface SharedFolder {
  /** Its name on the desktop. */
  readonly folder: string;
  readonly files: readonly SharedFile[];
  /** There are more than are listed. */
  readonly more: boolean;
}

/** The address of an upload that was begun. */
export const uploadAddress = ({ address }: FileAccess, id: string): string => `${address}/uploads/${encodeURIComponent(id)}`;
/** What lies in the folder; a form posted to it fetches one of the files. */
export const sharedAddress = ({ address }: FileAccess): string => `${address}/shared`;

const by = ({ ticket }: FileAccess): Readonly<Record<string, string>> => ({ 'Vdi-Ticket': ticket });

/** Files to and from a desktop. */
export const files = {
  begin: (access: FileAccess, name: string, bytes: number) => call<{ readonly id: string }>('POST', `${access.address}/uploads`, { name, bytes }, by(access)),
  giveUp: (access: FileAccess, id: string) => call<void>('DELETE', uploadAddress(access, id), undefined, by(access)),
  shared: (access: FileAccess) => call<SharedFolder>('GET', sharedAddress(access), undefined, by(access)),
};
