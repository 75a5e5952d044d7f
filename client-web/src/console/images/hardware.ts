import type { HardwareRequest, ImageHardware, MediumFormat } from '../../api/images';

export const systems = ['linux', 'windows', 'other'] as const;
export const firmwares = ['bios', 'uefi', 'uefiSecure'] as const;
export const driverKinds = ['virtio', 'pc'] as const;

/** All of what is usual where only some is said, as the server completes it; `format` undefined for an empty disk. */
export function complete(said: HardwareRequest, format: MediumFormat | undefined): ImageHardware {
  const system = said.system ?? (format === 'vhdx' ? 'windows' : 'other');
  const windows = system === 'windows';
  const fromQemu = format === undefined || format === 'qcow2' || format === 'raw';
  return {
    system,
    firmware: said.firmware ?? (windows ? 'uefiSecure' : 'bios'),
    drivers: said.drivers ?? (system === 'linux' && fromQemu ? 'virtio' : 'pc'),
    tpm: said.tpm ?? windows,
    agent: said.agent ?? false,
    memoryMiB: said.memoryMiB ?? (windows ? 4096 : 2048),
    cpus: said.cpus ?? 2,
  };
}
