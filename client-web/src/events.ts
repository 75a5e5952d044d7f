/** Something to give back: a listener, a connection, a worker. */
export interface Disposable {
  dispose(): void;
}

/** A typed list of listeners. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Gives back several things, last first. */
export class Disposables implements Disposable {
  readonly #items: Disposable[] = [];

  add(...items: Disposable[]): void {
    this.#items.push(...items);
  }

  /** Listens to a DOM event until disposed. */
  listen<E extends Event>(target: EventTarget, type: string, listener: (event: E) => void, options?: AddEventListenerOptions): void {
    const handler = listener as (event: Event) => void;
    target.addEventListener(type, handler, options);
    this.add({ dispose: () => target.removeEventListener(type, handler, options) });
  }

  dispose(): void {
    for (const item of this.#items.splice(0).reverse()) item.dispose();
  }
}
