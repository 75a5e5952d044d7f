/** The mouse for the desktop alone (Pointer Lock): it moves without end and tells how far. Browsers give it back at Esc. */

/** Whether this browser can do it. */
export function canCapture(): boolean {
  return typeof HTMLElement.prototype.requestPointerLock === 'function';
}

/** Takes the mouse: as it counts itself, where the browser can do that, and not as the system accelerates it. Needs a click just before. */
export async function capture(element: HTMLElement): Promise<void> {
  try {
    await element.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'NotSupportedError') throw error;
    await element.requestPointerLock();
  }
}

export function isCaptured(element: HTMLElement): boolean {
  return document.pointerLockElement === element;
}

export function release(): void {
  if (document.pointerLockElement) document.exitPointerLock();
}
