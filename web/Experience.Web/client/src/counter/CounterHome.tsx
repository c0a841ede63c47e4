import { useState } from 'react';
import { counterOf } from '../router';
import { OpenFlags } from '../board/OpenFlags';
import { useHere } from '../shell/program';
import { Shell } from '../shell/Shell';
import { Link } from '../ui/Link';
import { useTitle } from '../ui/useTitle';
import { recent } from './recent';

/** The counter before somebody steps up: find them, go back to one, or see who needs us now. */
export function CounterHome() {
  useTitle('Counter');
  const { status } = useHere();
  const [people] = useState(recent);
  return (
    <Shell page="counter" skip={['main', 'Skip to content']}>
      <main id="main" className="counter-home">
        <h1>Who is here?</h1>
        <p className="lead">Press <kbd>/</kbd> and type a name, a phone number or an e-mail address. Typing errors are forgiven.{status?.sample === true && ' In the sample, try “delg”, “Pym” or “Okafor”.'}</p>
        {people.length > 0 && (
          <section aria-labelledby="h-recent">
            <h2 className="cap" id="h-recent">Shown in this tab</h2>
            <ul className="recent">{people.map((p) => <li key={p.id}><Link className="btn" to={counterOf(p.id)}>{p.name}</Link></li>)}</ul>
          </section>
        )}
        <OpenFlags rows={12} />
      </main>
    </Shell>
  );
}
