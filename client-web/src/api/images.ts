import { call, callTagged } from './client';
import type * as schema from './schema';
import type { Ticket } from './types';

export type { EditCheckpoint, EditView, HardwareRequest, ImageHardware, ImageTest, ImageTestStep, ImageTreeView, JobView, MediumFormat, MediumView, PackageChange, PolicyDocument, RecipeView, UploadView, VersionView } from './schema';
export type FileTicket = schema.FileTicketView;

const root = '/api/images';
const part = encodeURIComponent;
const version = (name: string, id: string): string => `${root}/${part(name)}/versions/${part(id)}`;
const edit = (id: string): string => `${root}/edits/${part(id)}`;

/** Golden images; docs/specs/images.md. */
export const images = {
  versions: () => call<schema.VersionView[]>('GET', root),
  image: (name: string) => call<schema.ImageTreeView>('GET', `${root}/${part(name)}`),
  recipes: () => call<schema.RecipeView[]>('GET', `${root}/recipes`),
  build: (name: string) => call<schema.JobView>('POST', `${root}/${part(name)}/build`),
  test: (name: string, id: string) => call<schema.JobView>('POST', `${version(name, id)}/test`),
  update: (name: string, id: string) => call<schema.JobView>('POST', `${version(name, id)}/update`),
  export: (name: string, id: string, format: schema.MediumFormat) => call<schema.JobView>('POST', `${version(name, id)}/export`, { format }),
  delete: (name: string, id: string) => call<schema.JobView>('DELETE', version(name, id)),
  policy: (name: string) => callTagged<schema.PolicyDocument>('GET', `${root}/${part(name)}/policy`),
  setPolicy: (name: string, policy: schema.PolicyDocument, tag: string) => callTagged<schema.PolicyDocument>('PUT', `${root}/${part(name)}/policy`, policy, { 'If-Match': tag }),

  jobs: (size: number, image?: string) => call<schema.PageOfJobView>('GET', `${root}/jobs?size=${size}${image === undefined ? '' : `&image=${part(image)}`}`),
  job: (id: string) => call<schema.JobView>('GET', `${root}/jobs/${part(id)}`),
  cancel: (id: string) => call<schema.JobView>('POST', `${root}/jobs/${part(id)}/cancel`),
  download: (id: string) => call<FileTicket>('POST', `${root}/jobs/${part(id)}/download`),

  uploads: () => call<schema.UploadView[]>('GET', `${root}/uploads`),
  beginUpload: (fileName: string, bytes: number) => call<FileTicket>('POST', `${root}/uploads`, { fileName, bytes }),
  uploadTicket: (id: string) => call<FileTicket>('POST', `${root}/uploads/${part(id)}/ticket`),
  giveUp: (id: string) => call<void>('DELETE', `${root}/uploads/${part(id)}`),
  import: (request: schema.ImportRequest) => call<schema.JobView>('POST', `${root}/imports`, request),

  media: () => call<schema.MediumView[]>('GET', `${root}/media`),
  deleteMedium: (hash: string) => call<schema.JobView>('DELETE', `${root}/media/${part(hash)}`),

  edits: () => call<schema.PageOfEditView>('GET', `${root}/edits?size=500`),
  edit: (id: string) => call<schema.EditView>('GET', edit(id)),
  openEdit: (request: schema.EditRequest) => call<schema.EditView>('POST', `${root}/edits`, request),
  ticket: (id: string) => call<Ticket>('POST', `${edit(id)}/ticket`),
  start: (id: string) => call<schema.JobView>('POST', `${edit(id)}/start`),
  saveCheckpoint: (id: string, name: string) => call<schema.JobView>('POST', `${edit(id)}/checkpoints`, { name }),
  goBack: (id: string, checkpoint: string) => call<schema.JobView>('POST', `${edit(id)}/checkpoints/${part(checkpoint)}/back`),
  dropCheckpoint: (id: string, checkpoint: string) => call<schema.JobView>('DELETE', `${edit(id)}/checkpoints/${part(checkpoint)}`),
  publish: (id: string, notes: string, generalise: boolean) => call<schema.JobView>('POST', `${edit(id)}/publish`, { notes, generalise }),
  discard: (id: string) => call<void>('DELETE', edit(id)),
};
