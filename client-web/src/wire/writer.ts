import { messageType, quality, secretLength, version, wantedLimits, WireError } from './messages';
import type { HelloKind, Quality } from './messages';

// Client messages. A number out of range is a bug of the caller and throws WireError: the host would hang up on it.

export function hello(kind: HelloKind, secret: Uint8Array): Uint8Array {
  if (secret.length !== secretLength) throw new WireError(`a secret of ${secret.length} bytes`);
  const bytes = new Uint8Array(3 + secretLength);
  bytes.set([messageType.hello, version, kind]);
  bytes.set(secret, 3);
  return bytes;
}

/** `decodeMs` and `queueDepth` saturate: they are hints. */
export function ack(sequence: number, decodeMs: number, queueDepth: number): Uint8Array {
  const [bytes, view] = message(messageType.ack, 7);
  view.setUint32(1, inRange(sequence, 1, 0xffffffff), true);
  view.setUint16(5, Math.min(Math.max(Math.round(decodeMs), 0), 0xffff), true);
  view.setUint8(7, Math.min(Math.max(queueDepth, 0), 0xff));
  return bytes;
}

export function key(down: boolean, qnum: number): Uint8Array {
  const [bytes, view] = message(messageType.key, 3);
  view.setUint8(1, down ? 1 : 0);
  view.setUint16(2, inRange(qnum, 1, 255), true);
  return bytes;
}

export function pointer(x: number, y: number, buttons: number): Uint8Array {
  const [bytes, view] = message(messageType.pointer, 5);
  view.setUint16(1, inRange(x, 0, 0xffff), true);
  view.setUint16(3, inRange(y, 0, 0xffff), true);
  view.setUint8(5, inRange(buttons, 0, 31));
  return bytes;
}

/** How far the mouse moved, -32768 to 32767 each; positive is right and down. */
export function pointerMotion(dx: number, dy: number, buttons: number): Uint8Array {
  const [bytes, view] = message(messageType.pointerMotion, 5);
  view.setInt16(1, inRange(dx, -32768, 32767), true);
  view.setInt16(3, inRange(dy, -32768, 32767), true);
  view.setUint8(5, inRange(buttons, 0, 31));
  return bytes;
}

export function wheel(dx: number, dy: number): Uint8Array {
  const [bytes, view] = message(messageType.wheel, 2);
  view.setInt8(1, inRange(dx, -16, 16));
  view.setInt8(2, inRange(dy, -16, 16));
  return bytes;
}

export function releaseAll(): Uint8Array {
  return new Uint8Array([messageType.releaseAll]);
}

export function refresh(): Uint8Array {
  return new Uint8Array([messageType.refresh]);
}

export function prefer(wanted: Quality): Uint8Array {
  return new Uint8Array([messageType.quality, quality[wanted]]);
}

/** `can` has the bits of `ability`. */
export function able(can: number): Uint8Array {
  return new Uint8Array([messageType.abilities, inRange(can, 0, 1)]);
}

export function ping(token: number): Uint8Array {
  const [bytes, view] = message(messageType.ping, 4);
  view.setUint32(1, inRange(token, 0, 0xffffffff), true);
  return bytes;
}

/** The size that the screen shall have, in pixels. */
export function wantedSize(width: number, height: number): Uint8Array {
  const [bytes, view] = message(messageType.wantedSize, 4);
  view.setUint16(1, inRange(width, wantedLimits.least, wantedLimits.most), true);
  view.setUint16(3, inRange(height, wantedLimits.least, wantedLimits.most), true);
  return bytes;
}

function message(type: number, bodyLength: number): [Uint8Array, DataView] {
  const bytes = new Uint8Array(1 + bodyLength);
  bytes[0] = type;
  return [bytes, new DataView(bytes.buffer)];
}

function inRange(value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) throw new WireError(`${value} is not between ${low} and ${high}`);
  return value;
}
