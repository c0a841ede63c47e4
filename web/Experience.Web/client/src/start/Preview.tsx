import type { ImportPreview } from '../contracts';

/** What rows become, or why they become nothing. */
export function Preview({ rows, title }: { readonly rows: readonly ImportPreview[]; readonly title: string }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ol className="preview">
        {rows.map((r) => (
          <li key={r.line}>
            {r.event === null || r.event === undefined
              ? <p className="bad">Line {r.line}: {[r.column ?? r.field, r.reason].filter((s) => s !== null).join(': ')}{r.accepted !== null && `. Accepted: ${r.accepted}`}</p>
              : <pre tabIndex={0} aria-label={`Line ${r.line} as an event`}><code>{JSON.stringify(r.event, null, 1)}</code></pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}
