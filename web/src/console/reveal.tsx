// One masked field, shown whole for a minute to who says why.
import { useEffect, useState, type FormEvent } from "react";
import { Refused, reply } from "../sdk/api";
import { useNow } from "../base/clock";
import { useWords } from "../base/locale";
import { Button, Dialog, Field } from "../base/parts";
import { Trouble } from "./say";
import { api } from "./session";
import { work } from "./words/work";

type Props = { caseId: string; field: "account" | "number" | "customer_name"; of?: string; label: string; masked: string; hidden?: boolean };

export function Reveal({ caseId, field, of, label, masked, hidden }: Props) {
  const w = useWords(work);
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useState<{ value: string; until: string } | null>(null);
  if (shown) return <Shown {...shown} onGone={() => setShown(null)} />;
  return (
    <span className="reveal">
      <span>{masked}</span>
      {!hidden && (
        <Button kind="quiet" className="small-button" onClick={() => setAsking(true)} data-test={`reveal-${field}`}>
          {w.reveal}
          <span className="hide"> {label}</span>
        </Button>
      )}
      {asking && (
        <Why
          label={label}
          onClose={() => setAsking(false)}
          ask={async (reason) => {
            setShown(await reply(api.POST("/v1/callbacks/{case_id}/unmask", { params: { path: { case_id: caseId } }, body: { field, of, reason } })));
            setAsking(false);
          }}
        />
      )}
    </span>
  );
}

function Shown({ value, until, onGone }: { value: string; until: string; onGone: () => void }) {
  const w = useWords(work);
  const seconds = Math.ceil((Date.parse(until) - useNow()) / 1000);
  useEffect(() => {
    if (seconds <= 0) onGone();
  });
  return (
    <span className="reveal" data-test="revealed">
      <strong className="numbers">{value}</strong>
      <span className="muted small numbers">{w.revealedLeft(Math.max(0, seconds))}</span>
      <Button kind="quiet" className="small-button" onClick={onGone}>
        {w.hide}
      </Button>
    </span>
  );
}

function Why({ label, ask, onClose }: { label: string; ask: (reason: string) => Promise<void>; onClose: () => void }) {
  const w = useWords(work);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refused | null>(null);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await ask(reason.trim());
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
      setBusy(false);
    }
  };
  return (
    <Dialog title={w.revealTitle(label)} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)}>
        <p>{w.revealBody}</p>
        <div className="row">
          {w.revealReasons.map((r) => (
            <Button key={r} onClick={() => setReason(r)}>
              {r}
            </Button>
          ))}
        </div>
        <Field label={w.revealReason}>
          <input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-first data-test="reveal-reason" />
        </Field>
        <Trouble error={error} />
        <div className="actions">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button kind="primary" type="submit" busy={busy} disabled={reason.trim() === ""} data-test="reveal-do">
            {w.reveal}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
