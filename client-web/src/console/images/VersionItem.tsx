import { Button, Collapse, Text } from '@mantine/core';
import { useId, useState } from 'react';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView, VersionView } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Words } from '../Words';
import { bytesText, timeText } from '../../i18n/format';
import { failedStep, stateOf } from './model';
import { PackageChanges } from './PackageChanges';
import { StateBadge } from './StateBadge';
import { TestSteps } from './TestSteps';
import { VersionActions } from './VersionActions';
import { shortVersion, VersionName } from './VersionName';

interface VersionItemProps {
  readonly version: VersionView;
  readonly depth: number;
  readonly newest: boolean;
  /** What is under way with the image. */
  readonly jobs: readonly JobView[];
  readonly editing: boolean;
  readonly rights: Rights;
}

/** Deeper than this nothing is indented further: a long line of updates must fit a phone. */
const deepest = 6;

/** A version in the tree: what it is at a glance, all about it on demand, and what can be done with it. */
export function VersionItem({ version, depth, newest, jobs, editing, rights }: VersionItemProps) {
  const { t, i18n } = useTranslation();
  const details = useId();
  const state = stateOf(version, jobs);
  const [open, setOpen] = useState(newest && state !== 'offered');
  const failed = failedStep(version.test);
  return (
    <li className="version" style={{ '--depth': Math.min(depth, deepest) } as CSSProperties} data-depth={depth} data-testid={`version-${version.version}`}>
      {version.parentDeleted && version.parent !== null && <div className="version-gone soft" data-testid="version-gone">{t('console.image.parentDeleted', { version: shortVersion(version.parent) })}</div>}
      <div className="version-card">
        <div className="row-head">
          <div>
            <h3 className="version-title"><VersionName id={version.version} />{newest && <span className="tag">{t('console.image.newest')}</span>}{version.origin && <span className="soft version-origin">{t(`console.origin.${version.origin}`)}</span>}</h3>
            <Text size="sm" className="soft word-keep">
              {version.author === null ? timeText(version.built, i18n.language) : t('console.image.by', { name: version.author === 'system' ? t('console.job.system') : version.author, time: timeText(version.built, i18n.language) })}
              {version.bytes !== null && ` · ${t('console.image.size', { whole: bytesText(version.bytes, i18n.language), own: bytesText(version.ownBytes ?? 0, i18n.language) })}`}
            </Text>
          </div>
          <StateBadge state={state} />
        </div>
        {version.notes && <Text size="sm" className="notes">{version.notes}</Text>}
        {state === 'failed' && failed && !open && <Text size="sm" className="bad word-keep">{t(`console.test.${failed.name as 'boots'}`)}: <Words text={failed.words ?? ''} /></Text>}
        {(version.usedBy.length > 0 || version.machines > 0) && (
          <Text size="sm" className="word-keep"><span className="soft">{t('console.image.usedBy')}: </span>{[...version.usedBy.map((use) => t(`console.use.${use.as}`, { pool: use.pool })), ...(version.machines > 0 ? [t('console.image.machines', { count: version.machines })] : [])].join(', ')}</Text>
        )}
        <div className="version-foot">
          <Button variant="subtle" size="compact-sm" px={6} aria-expanded={open} aria-controls={details} onClick={() => setOpen(!open)} data-testid="version-details">{open ? t('console.image.hide') : t('console.image.details')}</Button>
          <VersionActions version={version} editing={editing} rights={rights} />
        </div>
        <Collapse expanded={open} id={details}>
          <div className="version-details">
            {version.parent !== null && <Text size="sm" className="soft">{t('console.image.from', { version: shortVersion(version.parent) })}</Text>}
            {version.hardware && <Text size="sm" className="word-keep"><span className="soft">{t('console.image.hardware')}: </span><Hardware hardware={version.hardware} /></Text>}
            <TestSteps test={version.test} />
            <PackageChanges changes={version.changes} parent={version.parent} />
          </div>
        </Collapse>
      </div>
    </li>
  );
}

function Hardware({ hardware }: { readonly hardware: NonNullable<VersionView['hardware']> }) {
  const { t, i18n } = useTranslation();
  const { system, firmware, drivers, memoryMiB, cpus, tpm, agent } = hardware;
  return (
    <>
      {[
        t('console.hardware.summary', { system: t(`console.hardware.systems.${system}`), firmware: t(`console.hardware.firmwares.${firmware}`), drivers: t(`console.hardware.driver.${drivers}`), memory: bytesText(memoryMiB * 2 ** 20, i18n.language), cpus }),
        ...(tpm ? [t('console.hardware.withTpm')] : []),
        ...(agent ? [t('console.hardware.withAgent')] : []),
      ].join(', ')}
    </>
  );
}
