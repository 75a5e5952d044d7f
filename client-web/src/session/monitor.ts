/** Which of a desktop's monitors a window shows. */
export type Monitor = 1 | 2;

/** By the address of a page, of which `search` is what follows the question mark. */
export const monitorOf = (search: string): Monitor => (new URLSearchParams(search).get('monitor') === '2' ? 2 : 1);

/** The page of a desktop's second monitor. */
export const secondMonitor = (session: string): string => `/desktop/${encodeURIComponent(session)}?monitor=2`;
