import type { PageProps } from '../pages';
import { CounterHome } from './CounterHome';
import { CounterPage } from './CounterPage';

/** The counter, with somebody at it or before anybody stepped up. */
export function Counter({ id }: PageProps) {
  return id === '' ? <CounterHome /> : <CounterPage key={id} person={id} />;
}
