import { expect, it } from 'vitest';
import { complete } from './hardware';

// tests of the server's own: tests/Vdi.Broker.Tests/Images; docs/specs/images.md, "Hardware".
it('completes as the server does', () => {
  expect(complete({}, 'qcow2')).toEqual({ system: 'other', firmware: 'bios', drivers: 'pc', tpm: false, agent: false, memoryMiB: 2048, cpus: 2 });
  expect(complete({ system: 'linux' }, 'qcow2')).toMatchObject({ drivers: 'virtio' });
  expect(complete({ system: 'linux' }, undefined)).toMatchObject({ drivers: 'virtio' });
  expect(complete({ system: 'linux' }, 'vmdk')).toMatchObject({ drivers: 'pc' });
  expect(complete({}, 'vhdx')).toEqual({ system: 'windows', firmware: 'uefiSecure', drivers: 'pc', tpm: true, agent: false, memoryMiB: 4096, cpus: 2 });
  expect(complete({ system: 'windows', tpm: false, cpus: 4 }, 'raw')).toMatchObject({ tpm: false, cpus: 4, memoryMiB: 4096 });
});
