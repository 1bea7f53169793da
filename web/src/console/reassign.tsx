// A supervisor gives a case to another agent, or back to the queue.
import { useState, type FormEvent } from "react";
import { Refused, reply } from "../sdk/api";
import { useWords } from "../base/locale";
import { Button, Dialog, Field } from "../base/parts";
import { revoked } from "./agents";
import { useFetched } from "./data";
import { Trouble } from "./say";
import { api } from "./session";
import { work } from "./words/work";

export function Reassign({ caseId, onDone }: { caseId: string; onDone: () => void }) {
  const w = useWords(work);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)} data-test="reassign">
        {w.reassign}
      </Button>
      {open && (
        <Choose
          caseId={caseId}
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            onDone();
          }}
        />
      )}
    </>
  );
}

function Choose({ caseId, onClose, onDone }: { caseId: string; onClose: () => void; onDone: () => void }) {
  const w = useWords(work);
  const agents = useFetched(() => reply(api.GET("/v1/agents")), []);
  const [to, setTo] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    try {
      await reply(api.POST("/v1/callbacks/{case_id}/reassign", { params: { path: { case_id: caseId } }, body: to ? { agent: to } : {} }));
      onDone();
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
    }
  };
  return (
    <Dialog title={w.reassign} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)}>
        <p>{w.reassignBody}</p>
        <Field label={w.reassignTo}>
          <select value={to} onChange={(e) => setTo(e.target.value)} data-test="reassign-to">
            <option value="">{w.reassignNobody}</option>
            {agents.data?.agents
              .filter((a) => (a.role === "agent" || a.role === "supervisor") && !revoked(a))
              .map((a) => (
                <option key={a.sub} value={a.sub}>
                  {a.name || a.sub}
                </option>
              ))}
          </select>
        </Field>
        <Trouble error={error ?? agents.error} />
        <div className="actions">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button kind="primary" type="submit" data-test="reassign-do">
            {w.reassignDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
