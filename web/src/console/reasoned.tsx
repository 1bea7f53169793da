// A question that takes a reason before it is sent.
import { useState, type FormEvent } from "react";
import { Refused } from "../sdk/api";
import { useWords } from "../base/locale";
import { Button, Dialog, Field } from "../base/parts";
import { Trouble } from "./say";
import { payee } from "./words/payee";

type Asked = { title: string; body: string; label?: string; act: string; danger?: boolean; test: string; send: (reason: string) => Promise<unknown>; onClose: () => void; onDone: () => void };

export function Reasoned({ title, body, label, act, danger, test, send, onClose, onDone }: Asked) {
  const w = useWords(payee);
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      await send(reason.trim());
      onClose();
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void submit(e)} data-test={test}>
        <p>{body}</p>
        <Field label={label ?? w.yourReason}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test={`${test}-reason`} />
        </Field>
        <Trouble error={error} />
        <div className="actions">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button kind={danger ? "danger" : "primary"} type="submit" busy={busy} disabled={reason.trim() === ""} data-test={`${test}-do`}>
            {act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
