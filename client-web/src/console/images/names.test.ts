import { expect, it } from 'vitest';
import { badImageName, formatOf, nameFor } from './names';

it.each([
  ['disk.qcow2', 'qcow2'], ['disk.IMG', 'raw'], ['a.b.raw', 'raw'], ['disk.vmdk', 'vmdk'], ['Win.vhdx', 'vhdx'], ['debian-12.iso', 'iso'],
  ['disk', undefined], ['disk.', undefined], ['disk.qcow2.xz', undefined], ['qcow2', undefined],
])('%s is %s', (name, format) => expect(formatOf(name)).toBe(format));

it.each([
  ['Debian 12 (XFCE).qcow2', 'qcow2', 'debian-12-xfce'],
  ['--a--.img', 'raw', 'a'],
  ['윈도우.vhdx', 'vhdx', ''],
  [`${'x'.repeat(50)}.raw`, 'raw', 'x'.repeat(40)],
  ['Win 11 (KO).iso', 'iso', 'Win 11 (KO)'],
] as const)('suggests a name for %s', (file, format, name) => expect(nameFor(file, format)).toBe(name));

it.each([['office-2', undefined], ['Office', 'bad-image-name'], ['', 'bad-image-name'], ['-a', 'bad-image-name'], ['a'.repeat(41), 'bad-image-name'], ['jobs', 'name-taken']])('%s as a name: %s', (name, why) => expect(badImageName(name)).toBe(why));
