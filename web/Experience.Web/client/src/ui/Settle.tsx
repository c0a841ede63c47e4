import { useState } from 'react';

/** A value that has just changed settles in, without moving anything; its first showing is still. */
export function Settle({ text }: { readonly text: string }) {
  const [shown, setShown] = useState(text);
  const [changes, setChanges] = useState(0);
  if (shown !== text) {
    setShown(text);
    setChanges(changes + 1);
  }
  return (
    <span key={changes} className={changes > 0 ? 'settle' : undefined}>
      {text}
    </span>
  );
}
