import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { images } from '../../api/images';
import type { Rights } from '../../api/rights';
import { Refusal } from '../Refusal';
import { Words } from '../Words';
import { timeText } from '../../i18n/format';
import { JobNote } from './JobNote';
import { failedStep } from './model';
import type { ImageRow } from './model';
import { useAct } from './queries';
import { StateBadge } from './StateBadge';
import { shortVersion } from './VersionName';

/** One image of the list: what it is, who has it, and what happens to it. */
export function ImageListRow({ row, rights }: { readonly row: ImageRow; readonly rights: Rights }) {
  const { t, i18n } = useTranslation();
  const build = useAct(() => images.build(row.name));
  const { newest } = row;
  const failed = failedStep(newest?.test ?? null);
  const building = row.jobs.some(({ kind }) => kind === 'build');
  return (
    <li className="row" data-testid={`image-${row.name}`}>
      <div className="row-head">
        <div>
          <h2 className="card-name"><Link href={`/console/images/${encodeURIComponent(row.name)}`} className="plain-link">{row.name}</Link></h2>
          <Text size="sm" className="soft word-keep">
            {newest ? t('console.list.newest', { version: shortVersion(newest.version), time: timeText(newest.built, i18n.language) }) : t('console.list.nothing')}
            {newest?.origin && ` · ${t(`console.origin.${newest.origin}`)}`}
          </Text>
        </div>
        {row.state && <StateBadge state={row.state} />}
      </div>
      {row.state === 'failed' && failed && <Text size="sm" className="bad word-keep" data-testid="image-failure">{t(`console.test.${failed.name as 'boots'}`)}: <Words text={failed.words ?? ''} /></Text>}
      <dl className="facts">
        <div><dt>{t('console.list.pools')}</dt><dd>{row.pools.length === 0 ? <span className="soft">{t('console.none')}</span> : row.pools.join(', ')}</dd></div>
        {row.edit && <div><dt>{t('console.image.editedFrom')}</dt><dd><Link href={`/console/edit/${row.edit.id}`} className="link">{t('console.list.editedBy', { name: row.edit.author })}</Link></dd></div>}
      </dl>
      {row.outdated && !building && (
        <div className="hint">
          <Text size="sm" className="word-keep">{t('console.list.outdated')}</Text>
          {rights.operate && <Button size="xs" variant="light" loading={build.isPending} onClick={() => build.mutate()} data-testid="image-rebuild">{t('console.list.rebuild')}</Button>}
        </div>
      )}
      {row.jobs.map((job) => <JobNote key={job.id} job={job} rights={rights} />)}
      <Refusal error={build.error} />
    </li>
  );
}
