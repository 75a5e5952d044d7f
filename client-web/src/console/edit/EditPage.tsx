import '../console.css';
import '../i18n';
import { Button, Drawer, Loader, Text, Title } from '@mantine/core';
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { rightsOf } from '../../api/rights';
import type { Me } from '../../api/types';
import type { EditView } from '../../api/images';
import { Desk } from '../../desktop/Desk';
import type { DeskHandle } from '../../desktop/Desk';
import { PanelIcon } from '../../portal/icons';
import { isUnknown, useEdit } from '../images/queries';
import { Refusal } from '../Refusal';
import { editAccess } from './access';
import { EditEnd } from './EditEnd';
import { EditOver } from './EditOver';
import { EditPanel } from './EditPanel';
import { EditWaiting } from './EditWaiting';

/** /console/edit/{id}: the screen of an editing machine, and beside it what can be done with it. */
export default function EditPage({ id, me }: { readonly id: string; readonly me: Me }) {
  const { t } = useTranslation();
  const edit = useEdit(id);
  const rights = rightsOf(me);
  if (edit.isPending) return <div className="desk" role="status" aria-label={t('app.loading')}><div className="desk-note" data-place="centre"><Loader size="sm" color="gray" /></div></div>;
  if (edit.isError) {
    return (
      <div className="plain-page">
        {isUnknown(edit.error) ? <><Title order={1} size="h2">{t('console.edit.gone')}</Title><Text className="soft word-keep" mt="xs">{t('console.edit.goneText')}</Text></> : <Refusal error={edit.error} retry={() => void edit.refetch()} />}
        <Button component={Link} href="/console/images" mt="md">{t('console.image.toImages')}</Button>
      </div>
    );
  }
  if (edit.data.closed !== null) return <EditOver edit={edit.data} />;
  return <Editing edit={edit.data} rights={rights} />;
}

function Editing({ edit, rights }: { readonly edit: EditView; readonly rights: ReturnType<typeof rightsOf> }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const narrow = useMediaQuery('(max-width: 56em)', false, { getInitialValueInEffect: false });
  const [beside, setBeside] = useState(true);
  const [drawn, setDrawn] = useState(false);
  const [access] = useState(() => editAccess(edit.id));
  const desk = useRef<DeskHandle>(null);
  const name = t('console.edit.name', { image: edit.image });
  useDocumentTitle(`${t('console.edit.title', { image: edit.image })} · ${t('app.name')}`);
  const publishing = edit.job?.kind === 'publish';
  const shown = useShown(edit) && !publishing && rights.administer;
  const panel = <EditPanel edit={edit} rights={rights} onDone={() => { setDrawn(false); setTimeout(() => desk.current?.focus(), 50); }} />;
  const toggle = (): void => (narrow ? setDrawn(true) : setBeside(!beside));
  const leave = (): void => navigate(`/console/images/${encodeURIComponent(edit.image)}`);
  return (
    <div className="edit" data-beside={beside && !narrow} data-testid="edit" data-state={edit.state}>
      <div className="edit-screen">
        {shown
          ? <Desk ref={desk} access={access} name={name} opened={0} onLeave={leave} onPanel={toggle} over={({ reason, detail }, again) => <EditEnd reason={reason} detail={detail} onAgain={again} onLeave={leave} />} />
          : <EditWaiting edit={edit} rights={rights} onPanel={narrow ? toggle : undefined} />}
        {narrow && shown && <button type="button" className="edit-open" onClick={() => setDrawn(true)} aria-label={t('console.edit.open')} title={t('console.edit.open')} data-testid="edit-open"><PanelIcon /></button>}
      </div>
      {!narrow && beside && <aside className="edit-panel" aria-label={t('console.edit.panel')}>{panel}</aside>}
      <Drawer opened={narrow === true && drawn} onClose={() => { setDrawn(false); setTimeout(() => desk.current?.focus(), 50); }} position="right" size="min(24rem, 92vw)" title={<Text fw={650}>{t('console.edit.panel')}</Text>} closeButtonProps={{ 'aria-label': t('console.close') }} returnFocus={false} padding="md">{panel}</Drawer>
    </div>
  );
}

/** Whether there is a screen to look at. While it goes back to a checkpoint, the one that is shown stays. */
function useShown({ state }: Pick<EditView, 'state'>): boolean {
  const [was, setWas] = useState(false);
  const now = state === 'ready' || (was && state === 'booting');
  if (now !== was) setWas(now);
  return now;
}
