import { useEffect, type RefObject } from 'react';
import { go } from '../router';

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The nearest box in a direction: near along it counts once, off to its side counts double. Null at the edge. */
export function nearest(from: Box, boxes: readonly Box[], [dx, dy]: readonly [number, number]): number | null {
  let best: number | null = null;
  let least = Infinity;
  boxes.forEach((box, i) => {
    const x = box.left + box.width / 2 - (from.left + from.width / 2);
    const y = box.top + box.height / 2 - (from.top + from.height / 2);
    const along = x * dx + y * dy;
    // A box that starts beside this one, not beyond it, is no step in that direction.
    const beyond = dx === 0 ? (dy > 0 ? box.top >= from.top + from.height - 1 : box.top + box.height <= from.top + 1) : dx > 0 ? box.left >= from.left + from.width - 1 : box.left + box.width <= from.left + 1;
    if (!beyond) return;
    const distance = along + 2 * Math.abs(x * dy + y * dx);
    if (distance < least) {
      least = distance;
      best = i;
    }
  });
  return best;
}

/** Arrows move between tiles, Enter opens the people behind one, F its formula. */
export function useTileKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const tiles = () => [...(list.current?.querySelectorAll<HTMLElement>('article.tile') ?? [])];
    const down = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, select, textarea, dialog, [popover]') !== null) return;
      const here = target.closest<HTMLElement>('article.tile');
      const direction = directions[event.key];
      if (direction !== undefined) {
        // With focus nowhere the first arrow enters the tiles; in a list or a table arrows stay the browser's.
        if (here === null && target !== document.body) return;
        const all = tiles();
        const next = here === null ? 0 : nearest(here.getBoundingClientRect(), all.map((t) => t.getBoundingClientRect()), direction);
        if (next === null) return;
        event.preventDefault();
        all[next]?.focus();
        return;
      }
      if (here === null) return;
      if (event.key === 'Enter' && target === here) {
        const place = here.dataset.place;
        if (place !== undefined) {
          event.preventDefault();
          go(place);
        }
      } else if (event.key.toLowerCase() === 'f') {
        event.preventDefault();
        here.querySelector<HTMLElement>('.fx')?.click();
      }
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, [list]);
}
