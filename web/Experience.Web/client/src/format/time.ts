/** Instants are milliseconds since 1970 UTC; what is shown is civil time in the program's zone. */

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

let zone: string | undefined;
const cache = new Map<string, Intl.DateTimeFormat>();

/** The program's zone; before it is known, the browser's. An unknown name is ignored rather than failing every page. */
export function setZone(name: string | undefined): void {
  try {
    if (name !== undefined) new Intl.DateTimeFormat('en-US', { timeZone: name });
    zone = name;
  } catch {
    zone = undefined;
  }
  cache.clear();
}

function parts(at: number): Record<string, string> {
  let format = cache.get('parts');
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      weekday: 'short', year: 'numeric', month: 'short', day: 'numeric',
      hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: zone,
    });
    cache.set('parts', format);
  }
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** Number of the civil day, so that days can be counted across a change of clocks. */
export function civilDay(at: number): number {
  let format = cache.get('day');
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone: zone });
    cache.set('day', format);
  }
  const p = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return Math.floor(Date.UTC(p.year ?? 1970, (p.month ?? 1) - 1, p.day ?? 1) / day);
}

/** 10:42 */
export function clock(at: number): string {
  const p = parts(at);
  return `${p.hour}:${p.minute}`;
}

/** 10:42:07 */
export function clockSeconds(at: number): string {
  return `${clock(at)}:${parts(at).second}`;
}

/** 16 Nov, with the year when it is not this one. */
export function date(at: number, now: number): string {
  const p = parts(at);
  return p.year === parts(now).year ? `${p.day} ${p.month}` : `${p.day} ${p.month} ${p.year}`;
}

/** Tue 24 Nov, 18:00 */
export function dateClock(at: number, now: number): string {
  return `${parts(at).weekday} ${date(at, now)}, ${clock(at)}`;
}

/** How a past moment is named in a list: today's clock, this week's weekday, else the date. */
export function short(at: number, now: number): string {
  const days = civilDay(now) - civilDay(at);
  if (days === 0) return clock(at);
  if (days > 0 && days < 6) return parts(at).weekday ?? '';
  return date(at, now);
}

/** How a line of the journey is dated: Today 10:38, Wed 16:20, 10 Nov, 3 May 2024. */
export function journeyDate(at: number, now: number): string {
  const days = civilDay(now) - civilDay(at);
  if (days === 0) return `Today ${clock(at)}`;
  if (days > 0 && days < 6) return `${parts(at).weekday} ${clock(at)}`;
  return date(at, now);
}

/** 10:42 for a moment of today, midnight for today's start, else the date: what "as of" is followed by. */
export function asOf(at: number, now: number): string {
  if (civilDay(at) !== civilDay(now)) return date(at, now);
  return clock(at) === '00:00' ? 'midnight' : clock(at);
}

/** A length of time in its two largest units: 2 h 12 min, 3 d 4 h, 5 min. */
export function span(length: number): string {
  const minutes = Math.max(0, Math.floor(length / minute));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 72) return minutes % 60 === 0 || hours >= 24 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** The clock of a dissatisfier: "2 h 12 min past the clock", or "4 h 18 min left". */
export function dueClock(due: number, now: number): { readonly past: boolean; readonly text: string } {
  return due <= now ? { past: true, text: `${span(now - due)} past the clock` } : { past: false, text: `${span(due - now)} left` };
}

/** When a promise is due: "Due tomorrow, 17:00". */
export function duePhrase(due: number, now: number): string {
  const days = civilDay(due) - civilDay(now);
  const verb = due <= now ? 'Was due' : 'Due';
  if (days === 0) return `${verb} today, ${clock(due)}`;
  if (days === 1) return `${verb} tomorrow, ${clock(due)}`;
  if (days === -1) return `${verb} yesterday, ${clock(due)}`;
  return `${verb} ${dateClock(due, now)}`;
}

/** The value of a datetime-local field for an instant, in the browser's own zone, as the field understands it. */
export function toLocalField(at: number): string {
  const d = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}
