import { useEffect, useRef } from 'react';

/** Letters do nothing while typing, choosing, or behind an open dialog. */
export function busy(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return true;
  if (document.querySelector('dialog[open]') !== null) return true;
  // Escape closes what is open on top first, which the browser does.
  if (event.key === 'Escape' && document.querySelector('.formula:popover-open') !== null) return true;
  const target = event.target;
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

export type Keys = Readonly<Record<string, () => void>>;

/** One key, one act. Names are as KeyboardEvent has them, letters in lower case. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (busy(event)) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, []);
}
