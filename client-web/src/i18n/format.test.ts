import { expect, it } from 'vitest';
import { bytesText, rateText, secondsText, spanText, timeText } from './format';

it.each([[0, '0 byte'], [999, '999 byte'], [1024, '1 kB'], [1_572_864, '1.5 MB'], [52 << 20, '52 MB'], [1010 << 20, '1 GB'], [2.25 * 2 ** 30, '2.3 GB'], [40 * 2 ** 30, '40 GB'], [2 ** 41, '2 TB']])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes, 'en')).toBe(text));

it('says rates, spans and times', () => {
  expect(rateText(12 << 20, 'en')).toBe('12 MB/s');
  expect([0, 59, 60, 90, 599, 600, 3_540, 3_600, 3_900, 90_000].map((seconds) => spanText(seconds, 'en'))).toEqual(['0 sec', '59 sec', '1 min', '1 min 30 sec', '9 min 59 sec', '10 min', '59 min', '1 hr', '1 hr 5 min', '25 hr']);
  expect(secondsText(0.42, 'en')).toBe('0.4 sec');
  expect(secondsText(75, 'en')).toBe('1 min 15 sec');
  expect(spanText(90, 'ko')).toBe('1분 30초');
  expect(timeText('2026-01-02T03:04:00Z', 'ko')).toMatch(/2026\. 1\. [12]\./);
});
