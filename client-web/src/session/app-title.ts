/** What a browser's tab says of an application: the title of its window, with its name where that does not say it. */
export function appTitle(title: string, name: string): string {
  const said = title.trim();
  if (said === '') return name;
  return said.toLowerCase().includes(name.toLowerCase()) ? said : `${said} – ${name}`;
}
