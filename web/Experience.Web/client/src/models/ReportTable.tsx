interface Props {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Index of the row of what is in force. */
  readonly chosen?: number;
}

/** A table that scrolls by itself where it is wider than the page. The first cell names its row; the others are figures, unless they are words. */
export function ReportTable({ caption, columns, rows, chosen = -1 }: Props) {
  const words = columns.map((_, i) => i === 0 || rows.some((row) => /^\p{L}/u.test(row[i] ?? '')));
  const side = (i: number) => (words[i] === true ? undefined : 'num');
  return (
    <div className="wide-table" tabIndex={0} role="group" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>{columns.map((column, i) => <th key={`${column} ${i}`} scope="col" className={side(i)}>{column}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={`${row[0] ?? ''} ${r}`} className={r === chosen ? 'chosen' : undefined}>
              {row.map((cell, i) => (i === 0 ? <th key={i} scope="row">{cell}</th> : <td key={i} className={side(i)}>{cell}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
