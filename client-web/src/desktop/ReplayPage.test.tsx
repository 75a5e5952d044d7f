import { expect, it } from 'vitest';
import { once } from './ReplayPage';

it('gives a link\'s ticket once, and none where the link has none', async () => {
  const access = once('abc', '/h/local/hub/desktop');
  expect(await access.ticket()).toMatchObject({ ticket: 'abc', hub: '/h/local/hub/desktop' });
  await expect(access.ticket()).rejects.toMatchObject({ status: 404 });
  await expect(access.view()).rejects.toMatchObject({ status: 404 });
  await expect(once('', '/h').ticket()).rejects.toMatchObject({ status: 404 });
});
