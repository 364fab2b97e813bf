const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAY_MS = 86_400_000;

const padded = (value: number, width = 2, fill = '0'): string => String(value).padStart(width, fill);
const hour12 = (date: Date): number => date.getUTCHours() % 12 || 12;
const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()] ?? '',
  b: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()] ?? '',
  d: (date) => padded(date.getUTCDate()),
  D: (date) => strftime(date, '%m/%d/%y'),
  e: (date) => padded(date.getUTCDate(), 2, ' '),
  F: (date) => strftime(date, '%Y-%m-%d'),
  H: (date) => padded(date.getUTCHours()),
  I: (date) => padded(hour12(date)),
  j: (date) => padded(dayOfYear(date), 3),
  m: (date) => padded(date.getUTCMonth() + 1),
  M: (date) => padded(date.getUTCMinutes()),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  S: (date) => padded(date.getUTCSeconds()),
  T: (date) => strftime(date, '%H:%M:%S'),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  y: (date) => padded(date.getUTCFullYear() % 100),
  Y: (date) => padded(date.getUTCFullYear(), 4),
  // Of a Python datetime without a time zone, which is what transformers formats.
  z: () => '',
  Z: () => '',
  '%': () => '%',
};

/** C's strftime in its own locale, in UTC; with glibc's `%-d` for no padding. Unknown directives are left as they are. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, bare: string, name: string) => {
    const text = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name]?.(date) : undefined;
    if (text === undefined) return whole;
    return bare === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}
