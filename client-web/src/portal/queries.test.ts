import { expect, it } from 'vitest';
import { forgetSession, queryClient } from './queries';

it('no longer offers a session that was ended, and leaves the others alone', () => {
  queryClient.setQueryData(['desktops'], [{ id: 'a', session: { id: '1' } }, { id: 'b', session: { id: '2' } }, { id: 'c', session: null }]);
  forgetSession('1');
  expect(queryClient.getQueryData(['desktops'])).toEqual([{ id: 'a', session: null }, { id: 'b', session: { id: '2' } }, { id: 'c', session: null }]);
});
