/** A version's name is long; its beginning tells it from others, and the rest is there for who needs it. */
export function VersionName({ id }: { readonly id: string }) {
  return <code className="version-name" title={id}>{shortVersion(id)}</code>;
}

export function shortVersion(id: string): string {
  return id.slice(0, 8);
}
