import { useEffect, useState } from 'react';

/** How often rates are asked for again, in ms. */
const pace = 5_000;

/** Counts up while the page is looked at. */
export function usePulse(): number {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setRound((n) => n + 1);
    }, pace);
    return () => clearInterval(timer);
  }, []);
  return round;
}
