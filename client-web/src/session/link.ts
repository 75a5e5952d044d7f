import type { FileAccess } from '../api/files';

/** One connection to a desktop hub: SignalR's in the product, a scripted one in tests. */
export interface HubLink {
  /** Opens the connection. Rejects where the host cannot be reached. */
  start(): Promise<void>;
  /** Rejects with HelloRefused where the host answers with a refusal. */
  hello(message: Uint8Array): Promise<Uint8Array>;
  /** Starts the stream of server messages; `done` is called once, when stream or connection end. */
  screen(next: (message: Uint8Array) => void, done: (error?: Error) => void): void;
  /** Client messages leave in the order of the calls. */
  send(messages: Uint8Array): void;
  /** A part of what was copied, in its turn among what is sent. */
  clipboard(part: Uint8Array): void;
  /** Asks for a way to send and fetch files. Rejects with FilesRefused where the person has no right to it. */
  files(): Promise<FileAccess>;
  /** Asks how many monitors the machine may have. */
  monitors(): Promise<number>;
  stop(): void;
}

/** The host does not accept the ticket or the resume secret. */
export class HelloRefused extends Error {
  override readonly name = 'HelloRefused';
}

/** The host gives no way to send or fetch files. */
export class FilesRefused extends Error {
  override readonly name = 'FilesRefused';
}
