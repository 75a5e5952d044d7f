import { Button, Group, Modal, NativeSelect, Progress, Text, Textarea } from '@mantine/core';
import i18next from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Keys } from '../input/keys';
import { isLayoutName, layoutNames } from '../input/layouts';
import type { LayoutName } from '../input/layouts';
import { typeText } from '../input/typewriter';
import { chosen, keep } from '../session/choice';
import { personSettings } from '../session/person';

interface SendTextProps {
  readonly opened: boolean;
  readonly connected: boolean;
  readonly keys: Pick<Keys, 'chord'>;
  readonly onClose: () => void;
}

const kept = 'vdi:typing-layout';
const longest = 10_000;

/** Types a text key by key, where nothing can be pasted. */
export function SendText({ opened, connected, keys, onClose }: SendTextProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [layout, setLayout] = useState<LayoutName>();
  const [part, setPart] = useState<number>();
  const [problem, setProblem] = useState<string>();
  const typing = useRef<AbortController>(undefined);
  useEffect(() => {
    if (!opened || layout !== undefined) return;
    const known = chosen(kept, ['', ...layoutNames], '');
    if (isLayoutName(known)) setLayout(known);
    else void personSettings(i18next.language).then((person) => setLayout(isLayoutName(person.layout) ? person.layout : 'us'));
  }, [opened, layout]);
  useEffect(() => {
    if (!connected || !opened) typing.current?.abort();
  }, [connected, opened]);
  const close = (): void => {
    typing.current?.abort();
    setText('');
    setProblem(undefined);
    onClose();
  };
  const send = async (): Promise<void> => {
    const stop = typing.current = new AbortController();
    setProblem(undefined);
    setPart(0);
    const { left, whole } = await typeText(keys, text, layout ?? 'us', setPart, stop.signal);
    setPart(undefined);
    if (whole && left === '') close();
    else if (whole) setProblem(t('sendText.left', { text: [...new Set(left)].slice(0, 20).join(' ') }));
    else if (opened) setProblem(t('sendText.broken'));
  };
  const busy = part !== undefined;
  return (
    <Modal opened={opened} onClose={close} title={<Text fw={650} size="lg">{t('sendText.title')}</Text>} centered returnFocus={false} withCloseButton={false} radius="lg" closeOnClickOutside={!busy}>
      <form onSubmit={(event) => { event.preventDefault(); if (text !== '' && !busy) void send(); }}>
        <Text size="sm" className="soft word-keep" mb="sm">{t('sendText.help')}</Text>
        <Textarea label={t('sendText.text')} autosize minRows={3} maxRows={10} maxLength={longest} value={text} disabled={busy} onChange={(event) => setText(event.currentTarget.value)} data-autofocus data-testid="send-text" spellCheck={false} />
        <NativeSelect
          mt="sm" label={t('sendText.layout')} value={layout ?? 'us'} disabled={busy} data-testid="send-text-layout"
          data={layoutNames.map((name) => ({ value: name, label: t(`sendText.layouts.${name}`) }))}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (!isLayoutName(value)) return;
            keep(kept, value);
            setLayout(value);
          }}
        />
        {busy && <Progress value={part * 100} mt="md" aria-label={t('sendText.sending')} />}
        {problem !== undefined && <Text size="sm" mt="sm" role="alert" className="word-keep" data-testid="send-text-problem">{problem}</Text>}
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={close}>{t(busy ? 'sendText.stop' : 'sendText.cancel')}</Button>
          <Button type="submit" loading={busy} disabled={text === '' || !connected} data-testid="send-text-send">{t('sendText.send')}</Button>
        </Group>
      </form>
    </Modal>
  );
}
