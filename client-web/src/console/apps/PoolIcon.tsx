/** An application's icon as its pool has it, or the first letter of its name. */
export function PoolIcon({ name, icon }: { readonly name: string; readonly icon: string | null }) {
  if (icon) return <img className="row-icon" src={`data:image/png;base64,${icon}`} width={40} height={40} alt="" />;
  return <span className="row-icon row-letter" aria-hidden="true">{[...name][0]?.toUpperCase()}</span>;
}
