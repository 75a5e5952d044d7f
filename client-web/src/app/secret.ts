/** The secret of a link, which stands behind the # of its address and so is in no request; undefined where there is none. */
export function secretOf(hash: string): string | undefined {
  const text = hash.replace(/^#/, '');
  const secret = decoded(text).trim();
  return secret === '' ? undefined : secret;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
