// One figure of the wallboard.
import { useWords } from "../base/locale";
import { Status } from "../base/parts";
import { supervise } from "./words/supervise";

export function Figure({ name, value, note, late, test }: { name: string; value: number | string; note?: string; late?: boolean; test: string }) {
  const w = useWords(supervise);
  return (
    <div className="card" data-test={`figure-${test}`}>
      <dt>{name}</dt>
      <dd>
        <span className="figure numbers">{value}</span>
        {late && <Status tone="bad">{w.late}</Status>}
        {note && <span className="muted small">{note}</span>}
      </dd>
    </div>
  );
}
