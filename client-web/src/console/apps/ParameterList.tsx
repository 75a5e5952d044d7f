import { Button, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { noParameter } from './model';
import type { ParameterFields } from './model';

interface ParameterListProps {
  readonly parameters: readonly ParameterFields[];
  readonly fault: (field: string) => string | undefined;
  readonly readOnly: boolean;
  readonly onChange: (parameters: readonly ParameterFields[]) => void;
}

const most = 16;

/** What whoever opens an application may say to it. */
export function ParameterList({ parameters, fault, readOnly, onChange }: ParameterListProps) {
  const { t } = useTranslation();
  const set = (at: number, change: Partial<ParameterFields>): void => onChange(parameters.map((parameter, index) => (index === at ? { ...parameter, ...change } : parameter)));
  return (
    <fieldset className="parameters">
      <legend>{t('console.apps.parameters')}</legend>
      <Text size="xs" className="soft word-keep">{t('console.apps.parametersHelp')}</Text>
      {parameters.map((parameter, at) => {
        const input = (field: keyof ParameterFields, code: boolean) => (
          <TextInput
            size="sm" label={t(`console.apps.parameter.${field}`)} value={parameter[field]} error={fault(`app.parameters[${at}].${field}`)} spellCheck={!code} {...(code ? { classNames: { input: 'code-input' } } : {})} required={field === 'name' || field === 'argument'} withAsterisk={false}
            readOnly={readOnly} onChange={(event) => set(at, { [field]: event.currentTarget.value })} data-testid={`parameter-${field}`}
          />
        );
        return (
          <div key={at} className="parameter" role="group" aria-label={parameter.label || parameter.name || t('console.apps.parameter.new')} data-testid="parameter">
            {input('name', true)}{input('label', false)}{input('pattern', true)}{input('argument', true)}
            {!readOnly && <Button size="xs" variant="subtle" color="gray" onClick={() => onChange(parameters.filter((_, index) => index !== at))} aria-label={t('console.apps.parameter.removeName', { name: parameter.name })}>{t('console.apps.parameter.remove')}</Button>}
          </div>
        );
      })}
      {!readOnly && parameters.length < most && <Button size="xs" variant="default" mt="sm" onClick={() => onChange([...parameters, noParameter])} data-testid="parameter-add">{t('console.apps.parameter.add')}</Button>}
    </fieldset>
  );
}
