/** People whose cards this tab has shown, newest first: for going back to the one who steps up again. */
export interface Recent {
  readonly id: string;
  readonly name: string;
}

const place = 'experience.recent';
const most = 8;

/** Kept for the tab only: a shared computer must not remember people. */
export function recent(): readonly Recent[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]');
    if (!Array.isArray(value)) return [];
    return value.filter((r: unknown): r is Recent => typeof r === 'object' && r !== null && 'id' in r && 'name' in r && typeof r.id === 'string' && typeof r.name === 'string');
  } catch {
    return [];
  }
}

export function remember(person: Recent): void {
  try {
    sessionStorage.setItem(place, JSON.stringify([person, ...recent().filter((r) => r.id !== person.id)].slice(0, most)));
  } catch {
    // Without storage nothing is remembered, and nothing else is lost.
  }
}
