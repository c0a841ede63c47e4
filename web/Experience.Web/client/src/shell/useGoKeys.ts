import { useEffect } from 'react';
import { pages } from '../pages';
import { go } from '../router';
import { busy } from '../ui/useKeys';

/** Two keys that come later than this after each other, in ms, are two words. */
const together = 1_500;

/** G, then the letter of a page, opens it from any other. What the letter means on the page itself waits. */
export function useGoKeys(): void {
  useEffect(() => {
    let armed = -Infinity;
    const down = (event: KeyboardEvent) => {
      if (busy(event)) return;
      const key = event.key.toLowerCase();
      const page = event.timeStamp - armed < together ? pages.find((p) => p.key === key) : undefined;
      armed = key === 'g' ? event.timeStamp : -Infinity;
      if (page === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      go(`/${page.path}`);
    };
    // Before the page's own keys, which listen when the event has come up.
    addEventListener('keydown', down, true);
    return () => removeEventListener('keydown', down, true);
  }, []);
}
