interface KeyboardLock {
  lock?: (codes?: readonly string[]) => Promise<void>;
  unlock?: () => void;
}

/** Enters or leaves full screen. Inside it, where the browser can, system keys (Escape, Alt+Tab, Meta) go to the guest too. */
export async function toggleFullScreen(): Promise<void> {
  const { keyboard } = navigator as Navigator & { readonly keyboard?: KeyboardLock };
  if (document.fullscreenElement) {
    keyboard?.unlock?.();
    await document.exitFullscreen();
    return;
  }
  await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  await keyboard?.lock?.().catch(() => undefined);
}

export function canFullScreen(): boolean {
  return document.fullscreenEnabled === true;
}
