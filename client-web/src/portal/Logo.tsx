/** The mark and, beside it, the name. */
export function Logo({ size = 32, light = false }: { readonly size?: number; readonly light?: boolean }) {
  return (
    <span className={light ? 'logo logo-light' : 'logo'}>
      <img src="/logo.svg" width={size} height={size} alt="" />
      <span className="logo-name" style={{ fontSize: size * 0.66 }}>Vdi</span>
    </span>
  );
}
