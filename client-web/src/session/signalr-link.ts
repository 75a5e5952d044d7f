import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';
import type { HubConnection } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import type { FileAccess } from '../api/files';
import { FilesRefused, HelloRefused } from './link';
import type { HubLink } from './link';

/** A connection to the desktop hub at `path` on the own origin. */
export class SignalRLink implements HubLink {
  readonly #connection: HubConnection;
  #done: ((error?: Error) => void) | undefined;

  constructor(path: string) {
    this.#connection = new HubConnectionBuilder()
      .withUrl(path, { skipNegotiation: true, transport: HttpTransportType.WebSockets })
      .withHubProtocol(new MessagePackHubProtocol())
      .configureLogging(LogLevel.None)
      .build();
    this.#connection.keepAliveIntervalInMilliseconds = 5_000;
    // The host says something every 5 s: a line that is silent for so long is dead, and a new one is quicker than waiting.
    this.#connection.serverTimeoutInMilliseconds = 12_000;
    this.#connection.onclose((error) => this.#finish(error));
  }

  start(): Promise<void> {
    return this.#connection.start();
  }

  async hello(message: Uint8Array): Promise<Uint8Array> {
    try {
      const welcome: unknown = await this.#connection.invoke('Hello', message);
      if (!(welcome instanceof Uint8Array)) throw new Error('Hello was not answered with bytes');
      return welcome;
    } catch (error) {
      // A refusal is an answer, and the host closes only after it; without one the line was lost, which says nothing about the secret.
      if (this.#connection.state !== HubConnectionState.Connected) throw error;
      throw new HelloRefused(error instanceof Error ? error.message : String(error));
    }
  }

  screen(next: (message: Uint8Array) => void, done: (error?: Error) => void): void {
    this.#done = done;
    this.#connection.stream<Uint8Array>('Screen').subscribe({
      next,
      error: (error: unknown) => this.#finish(error instanceof Error ? error : new Error(String(error))),
      complete: () => this.#finish(),
    });
  }

  send(messages: Uint8Array): void {
    if (this.#connection.state !== HubConnectionState.Connected) return;
    // A failure shows as the connection's end, which is handled there.
    this.#connection.send('Send', messages).catch(() => undefined);
  }

  clipboard(part: Uint8Array): void {
    if (this.#connection.state === HubConnectionState.Connected) this.#connection.send('Clipboard', part).catch(() => undefined);
  }

  async files(): Promise<FileAccess> {
    let answer: unknown;
    try {
      answer = await this.#connection.invoke('Files');
    } catch (error) {
      // As with Hello: without a connection the error says nothing about rights.
      if (this.#connection.state !== HubConnectionState.Connected) throw error;
      throw new FilesRefused(error instanceof Error ? error.message : String(error));
    }
    const [address, ticket]: readonly unknown[] = Array.isArray(answer) ? answer : [];
    if (typeof address !== 'string' || typeof ticket !== 'string') throw new Error('Files was not answered with an address and a ticket');
    return { address, ticket };
  }

  async monitors(): Promise<number> {
    const count: unknown = await this.#connection.invoke('Monitors');
    if (typeof count !== 'number') throw new Error('Monitors was not answered with a number');
    return count;
  }

  stop(): void {
    this.#done = undefined;
    this.#connection.stop().catch(() => undefined);
  }

  #finish(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}
