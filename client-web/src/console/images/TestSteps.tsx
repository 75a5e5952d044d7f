import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ImageTest } from '../../api/images';
import { Words } from '../Words';
import { secondsText, timeText } from '../../i18n/format';

/** What was tried with a version, how long each took, and what was said of it. */
export function TestSteps({ test }: { readonly test: ImageTest | null }) {
  const { t, i18n } = useTranslation();
  if (test === null) return <Text size="sm" className="soft">{t('console.test.none')}</Text>;
  return (
    <div>
      <Text size="sm" fw={600}>{t('console.test.title', { time: timeText(test.at, i18n.language) })}</Text>
      <ol className="steps">
        {test.steps.map((step) => {
          const key = `console.test.${step.name}`;
          const outcome = step.passed === null ? 'skipped' : step.passed ? 'passed' : 'failed';
          return (
            <li key={step.name} className="step" data-testid={`test-${step.name}`} data-passed={step.passed}>
              <span className={`dot ${step.passed === null ? 'dot-none' : step.passed ? 'dot-good' : 'dot-bad'}`} aria-hidden="true" />
              <div>
                <Text size="sm" className="word-keep">
                  {i18n.exists(key) ? t(key as 'console.test.boots') : step.name}: {t(`console.test.${outcome}`)}
                  {step.seconds !== null && <span className="soft"> · {secondsText(step.seconds, i18n.language)}</span>}
                </Text>
                {step.words !== null && step.words !== '' && <Text size="sm" className={step.passed === false ? 'bad words' : 'soft words'}><Words text={step.words} /></Text>}
              </div>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
