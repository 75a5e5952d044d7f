import { afterEach, expect, it, vi } from 'vitest';
import { capture } from './capture';

class FakeDomException extends Error {
  override readonly name: string;

  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

/** An element whose browser answers so, once a call. */
function element(...answers: (Error | undefined)[]): { readonly element: HTMLElement; readonly asked: unknown[] } {
  vi.stubGlobal('DOMException', FakeDomException);
  const asked: unknown[] = [];
  const requestPointerLock = (options?: unknown): Promise<void> => {
    asked.push(options);
    const answer = answers.shift();
    return answer ? Promise.reject(answer) : Promise.resolve();
  };
  return { element: { requestPointerLock } as unknown as HTMLElement, asked };
}

it('asks for the mouse as it counts itself', async () => {
  const made = element();
  await capture(made.element);
  expect(made.asked).toEqual([{ unadjustedMovement: true }]);
});

it('takes the accelerated one where there is no other', async () => {
  const made = element(new FakeDomException('NotSupportedError'));
  await capture(made.element);
  expect(made.asked).toEqual([{ unadjustedMovement: true }, undefined]);
});

it('does not ask twice where it is refused', async () => {
  const made = element(new FakeDomException('NotAllowedError'));
  await expect(capture(made.element)).rejects.toThrow('NotAllowedError');
  expect(made.asked).toHaveLength(1);
});
