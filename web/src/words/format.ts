/** Numbers and times as people of a language write them; km/h and percent only here. */

const DASH = "–";
const cache = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) cache.set(key, (found = new Intl.NumberFormat(locale, options)));
  return found;
}

/** A number with so many decimals; a dash for one that is not known. */
export function number(locale: string, value: number | undefined | null, decimals = 0): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return DASH;
  return formatter(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

export function percent(locale: string, value: number | undefined, decimals = 0): string {
  if (value === undefined || !Number.isFinite(value)) return DASH;
  return formatter(locale, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

export function kmh(locale: string, mps: number | undefined): string {
  return number(locale, mps === undefined ? undefined : mps * 3.6, 0);
}

const SIMULATED_BEFORE_S = 366 * 86_400; // a clock that began in 1970 is a simulator's own

export function isSimulated(timeS: number): boolean {
  return timeS < SIMULATED_BEFORE_S;
}

/** The world's clock: local time of a real city, hours since the beginning of a simulated one. */
export function clock(locale: string, timeS: number): string {
  if (!Number.isFinite(timeS)) return "--:--:--";
  if (!isSimulated(timeS))
    return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(timeS * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${two(timeS / 3600)}:${two((timeS / 60) % 60)}:${two(timeS % 60)}`;
}

/** A duration in the largest unit that says enough. */
export function duration(locale: string, seconds: number | undefined | null): string {
  if (seconds === undefined || seconds === null || !Number.isFinite(seconds)) return DASH;
  const [value, unit] =
    seconds < 120 ? [Math.floor(seconds), "second"] : seconds < 7200 ? [Math.floor(seconds / 60), "minute"] : [Math.floor(seconds / 3600), "hour"];
  return formatter(locale, { style: "unit", unit: unit as string, unitDisplay: "short" }).format(value as number);
}

/** Words with {names} filled in. */
export function filled(words: string, values: Record<string, string | number>): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A moment of the past: with its day in a real city. */
export function moment(locale: string, timeS: number): string {
  if (!Number.isFinite(timeS) || isSimulated(timeS)) return clock(locale, timeS);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", weekday: "short" }).format(timeS * 1000);
  return `${day} ${clock(locale, timeS)}`;
}

/** Seconds of the city's clock from what somebody has typed: hours:minutes[:seconds]; NaN for anything else. */
export function parseClock(text: string): number {
  const found = /^\s*(\d{1,4}):([0-5]\d)(?::([0-5]\d))?\s*$/.exec(text);
  return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0) : NaN;
}
