import type { Me } from './types';

/** What a person may do with what is administered; docs/specs/api.md. The server has the last word. */
export interface Rights {
  readonly read: boolean;
  readonly operate: boolean;
  readonly administer: boolean;
}

export function rightsOf(me: Pick<Me, 'roles'>): Rights {
  const any = (...roles: string[]): boolean => roles.some((role) => me.roles.includes(role));
  return {
    read: any('administrator', 'operator', 'helper', 'auditor'),
    operate: any('administrator', 'operator'),
    administer: any('administrator'),
  };
}
