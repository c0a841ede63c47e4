import type { ReactNode } from 'react';
import type { Standing } from '../contracts';

export type Shape = Standing | 'clock' | 'again' | 'up' | 'down' | 'level';

const ring = { fill: 'none', stroke: 'currentColor' } as const;

/** A shape of its own for each state, so that no state is told by colour alone. */
const shapes: Record<Shape, ReactNode> = {
  bad: <path d="M6 .8 11.8 11H.2z" />,
  watch: <path d="M6 0l6 6-6 6-6-6z" />,
  good: <circle cx="6" cy="6" r="5.2" />,
  none: <circle cx="6" cy="6" r="4.8" {...ring} strokeWidth="1.6" strokeDasharray="2.2 2" />,
  clock: <path {...ring} strokeWidth="1.6" d="M6 .9a5.1 5.1 0 1 0 .01 0M6 3.2V6.2l2 1.3" />,
  again: <path {...ring} strokeWidth="1.8" d="M10.8 6A4.8 4.8 0 1 1 8.6 1.9" />,
  down: <path d="M.5 2h11L6 10.5z" />,
  up: <path d="M.5 10h11L6 1.5z" />,
  level: <path d="M0 4.5h12v3H0z" />,
};

export function Mark({ shape, tone = '' }: { readonly shape: Shape; readonly tone?: string }) {
  return (
    <svg className={`m ${tone}`} viewBox="0 0 12 12" aria-hidden="true">
      {shapes[shape]}
    </svg>
  );
}

interface StatusProps {
  readonly standing: Standing;
  readonly shape?: Shape;
  readonly pill?: boolean;
  readonly children: ReactNode;
}

/** Status in its order: shape, word, colour. */
export function Status({ standing, shape = standing, pill = false, children }: StatusProps) {
  return (
    <span className={`st ${standing}${pill ? ' pill' : ''}`}>
      <Mark shape={shape} />
      {children}
    </span>
  );
}
