import { Checkbox, NumberInput, Select, SimpleGrid, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { HardwareRequest, MediumFormat } from '../../api/images';
import { complete, driverKinds, firmwares, systems } from './hardware';

interface HardwareFieldsProps {
  /** What the person has said; the rest is usual for it. */
  readonly said: HardwareRequest;
  /** Undefined for an empty disk. */
  readonly format: MediumFormat | undefined;
  /** What the server says against a field, by its name. */
  readonly fault: (field: string) => string | undefined;
  readonly onChange: (said: HardwareRequest) => void;
}

/** What the machines of an image shall be made of. What is left alone follows the system. */
export function HardwareFields({ said, format, fault, onChange }: HardwareFieldsProps) {
  const { t } = useTranslation();
  const all = complete(said, format);
  // Descriptions stand below, so that fields side by side are level.
  const order = { inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[] };
  const number = (value: number | string): number | null => (typeof value === 'number' ? value : null);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <Select {...order} label={t('console.hardware.system')} description={t('console.hardware.systemHelp')} data={systems.map((value) => ({ value, label: t(`console.hardware.systems.${value}`) }))} value={all.system} error={fault('system')} allowDeselect={false} onChange={(value) => onChange({ ...said, system: systems.find((one) => one === value) ?? null })} data-testid="hardware-system" />
        <Select {...order} label={t('console.hardware.firmware')} description={t('console.hardware.firmwareHelp')} data={firmwares.map((value) => ({ value, label: t(`console.hardware.firmwares.${value}`) }))} value={all.firmware} error={fault('firmware')} allowDeselect={false} onChange={(value) => onChange({ ...said, firmware: firmwares.find((one) => one === value) ?? null })} data-testid="hardware-firmware" />
        <Select {...order} label={t('console.hardware.drivers')} description={t('console.hardware.driversHelp')} data={driverKinds.map((value) => ({ value, label: t(`console.hardware.driver.${value}`) }))} value={all.drivers} error={fault('drivers')} allowDeselect={false} onChange={(value) => onChange({ ...said, drivers: driverKinds.find((one) => one === value) ?? null })} data-testid="hardware-drivers" />
        <NumberInput {...order} label={t('console.hardware.memory')} description={t('console.hardware.memoryHelp')} min={1} step={512} allowDecimal={false} allowNegative={false} clampBehavior="none" value={all.memoryMiB} error={fault('memoryMiB')} onChange={(value) => onChange({ ...said, memoryMiB: number(value) })} data-testid="hardware-memory" />
        <NumberInput {...order} label={t('console.hardware.cpus')} description={t('console.hardware.cpusHelp')} min={1} allowDecimal={false} allowNegative={false} clampBehavior="none" value={all.cpus} error={fault('cpus')} onChange={(value) => onChange({ ...said, cpus: number(value) })} data-testid="hardware-cpus" />
      </SimpleGrid>
      <Checkbox label={t('console.hardware.tpm')} description={t('console.hardware.tpmHelp')} checked={all.tpm} onChange={(event) => onChange({ ...said, tpm: event.currentTarget.checked })} data-testid="hardware-tpm" />
      <Checkbox label={t('console.hardware.agent')} description={t('console.hardware.agentHelp')} checked={all.agent} onChange={(event) => onChange({ ...said, agent: event.currentTarget.checked })} data-testid="hardware-agent" />
    </Stack>
  );
}
