import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digitsOf, money, parseMoney, roundMoney } from '../src/format/money';
import { count, ordinal, percent, score, signed } from '../src/format/numbers';
import * as time from '../src/format/time';
import { days, hours, minutes, now } from './fixtures/receipt';

describe('money', () => {
  it('Minor units become amounts by the digits of their currency', () => {
    expect(money(17_100, 'USD')).toBe('$171.00');
    expect(money(17_100, 'JPY')).toBe('¥17,100');
    expect(money(-2_550, 'USD')).toBe('−$25.50');
    expect(digitsOf('KWD')).toBe(3);
  });

  it('Rounded money never turns something into nothing', () => {
    expect(roundMoney(146_000, 'USD')).toBe('$1,460');
    expect(roundMoney(45, 'USD')).toBe('$0.45');
    expect(roundMoney(0, 'USD')).toBe('$0');
  });

  it('Typed amounts are read as people type them', () => {
    expect(parseMoney('171', 'USD')).toBe(17_100);
    expect(parseMoney('$1,234.50', 'USD')).toBe(123_450);
    expect(parseMoney('1.234,5', 'USD')).toBe(123_450);
    expect(parseMoney('1,234', 'USD')).toBe(123_400);
    expect(parseMoney('.5', 'USD')).toBe(50);
    expect(parseMoney('171.', 'USD')).toBe(17_100);
    expect(parseMoney('171', 'JPY')).toBe(171);
    expect(parseMoney('', 'USD')).toBeNull();
    expect(parseMoney('much', 'USD')).toBeNull();
  });

  it('What is shown is read back as the same amount', () => {
    for (let minor = 0; minor < 3_000_000; minor += 9_973) expect(parseMoney(money(minor, 'USD'), 'USD')).toBe(minor);
  });
});

describe('numbers', () => {
  it('Each unit has its form', () => {
    expect(count(1_842)).toBe('1,842');
    expect(score(4)).toBe('4.0');
    expect(percent(4.62)).toBe('4.6\u00a0%');
    expect(percent(96.4)).toBe('96\u00a0%');
    expect(percent(49.7, 50)).toBe('49.7\u00a0%');
    expect(percent(50, 50)).toBe('50\u00a0%');
    expect(signed(-14)).toBe('−14');
    expect(signed(8.4)).toBe('+8');
    expect(signed(-0.4)).toBe('−0.4');
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '101st', '111th']);
  });
});

describe('time', () => {
  beforeEach(() => time.setZone('America/Chicago'));
  afterEach(() => time.setZone(undefined));

  it('Clocks of dissatisfiers count up past their due time and down before it', () => {
    expect(time.dueClock(now - hours(2) - minutes(12), now)).toEqual({ past: true, text: '2 h 12 min past the clock' });
    expect(time.dueClock(now + hours(4) + minutes(18), now)).toEqual({ past: false, text: '4 h 18 min left' });
    expect(time.dueClock(now - hours(52), now).text).toBe('52 h past the clock');
    expect(time.dueClock(now - days(9), now).text).toBe('9 d past the clock');
    expect(time.dueClock(now, now)).toEqual({ past: true, text: '0 min past the clock' });
  });

  it('Promises are named by their day', () => {
    expect(time.duePhrase(now + days(1) + hours(6) + minutes(18), now)).toBe('Due tomorrow, 17:00');
    expect(time.duePhrase(now + hours(2), now)).toBe('Due today, 12:42');
    expect(time.duePhrase(now - hours(2), now)).toBe('Was due today, 08:42');
    expect(time.duePhrase(now + days(5), now)).toBe('Due Tue 24 Nov, 10:42');
  });

  it('A past moment is told as shortly as it is clear', () => {
    expect(time.journeyDate(now - minutes(4), now)).toBe('Today 10:38');
    expect(time.journeyDate(now - hours(18), now)).toBe('Wed 16:42');
    expect(time.journeyDate(now - days(9), now)).toBe('10 Nov');
    expect(time.journeyDate(now - days(400), now)).toBe('15 Oct 2025');
    expect(time.short(now - days(2), now)).toBe('Tue');
  });

  it('Days are those of the program, not of the browser', () => {
    const late = Date.UTC(2026, 10, 20, 4, 30);
    expect(time.civilDay(late)).toBe(time.civilDay(now));
    expect(time.clock(late)).toBe('22:30');
    time.setZone('Asia/Tokyo');
    expect(time.clock(late)).toBe('13:30');
  });

  it('Civil days are counted across a change of clocks', () => {
    const before = Date.UTC(2026, 9, 31, 18);
    const after = Date.UTC(2026, 10, 1, 18);
    expect(time.civilDay(after) - time.civilDay(before)).toBe(1);
  });

  it('As of names midnight, today’s clock, or the date', () => {
    expect(time.asOf(now, now)).toBe('10:42');
    expect(time.asOf(Date.UTC(2026, 10, 19, 6), now)).toBe('midnight');
    expect(time.asOf(now - days(19), now)).toBe('31 Oct');
  });

  it('An unknown zone is ignored', () => {
    time.setZone('Nowhere/Never');
    expect(time.clock(now)).toMatch(/^\d\d:\d\d$/);
  });
});
