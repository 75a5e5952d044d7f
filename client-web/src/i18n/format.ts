const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes as people read them, in steps of 1024 as disks and memory are counted here: 1.5 GB. */
export function bytesText(bytes: number, language: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[unit] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: value < 10 && unit > 1 ? 1 : 0 }).format(value);
}

/** So much each second. */
export function rateText(bytesPerSecond: number, language: string): string {
  return `${bytesText(bytesPerSecond, language)}/s`;
}

/** A time span in its two largest units: 1 hr 5 min. */
export function spanText(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds));
  const unit = (value: number, name: string): string => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (whole < 60) return unit(whole, 'second');
  if (whole < 600) return [unit(Math.floor(whole / 60), 'minute'), ...(whole % 60 === 0 ? [] : [unit(whole % 60, 'second')])].join(' ');
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return unit(minutes, 'minute');
  return [unit(Math.floor(minutes / 60), 'hour'), ...(minutes % 60 === 0 ? [] : [unit(minutes % 60, 'minute')])].join(' ');
}

/** Seconds of a step of a test: 0.4 s is told from 0. */
export function secondsText(seconds: number, language: string): string {
  return seconds < 60 ? new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 }).format(seconds) : spanText(seconds, language);
}

export function timeText(instant: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}
