import { homeHolder } from './homeHolder';
import { later } from './later';

// The dialogs of the start page: most visits need none of them.
export const ConfirmEnd = later(async () => (await import('./ConfirmEnd')).ConfirmEnd, ({ opened }) => opened);
export const HomeDialog = later(async () => (await import('./HomeDialog')).HomeDialog, ({ opened }) => opened);
export const HomeInUse = later(async () => (await import('./HomeInUse')).HomeInUse, ({ error }) => homeHolder(error) !== undefined);
export const ReportProblem = later(async () => (await import('./ReportProblem')).ReportProblem, ({ opened }) => opened);
