// A customer rings in: their case is opened, and nothing of it shows until it is
// known who is on the line.
import { useState, type FormEvent } from "react";
import { reply } from "../sdk/api";
import { useWords } from "../base/locale";
import { Button, Dialog, Field } from "../base/parts";
import { useDesk } from "./desk";
import { Trouble } from "./say";
import { api } from "./session";
import { work } from "./words/work";

export function Inbound({ onClose }: { onClose: () => void }) {
  const w = useWords(work), desk = useDesk();
  const [by, setBy] = useState<"customer_id" | "hold_id">("customer_id");
  const [id, setId] = useState("");
  const [reason, setReason] = useState("");
  const send = async (e: FormEvent) => {
    e.preventDefault();
    const c = await desk.run("inbound", () => reply(api.POST("/v1/callbacks/inbound", { body: { [by]: id.trim(), reason: reason.trim() } as { reason: string } })));
    if (!c) return;
    desk.take(c);
    onClose();
  };
  return (
    <Dialog title={w.inboundTitle} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)}>
        <p>{w.inboundBody}</p>
        <fieldset className="row">
          <legend>{w.inboundBy}</legend>
          {(["customer_id", "hold_id"] as const).map((k) => (
            <label className="tick" key={k}>
              <input type="radio" name="by" checked={by === k} onChange={() => setBy(k)} />
              {k === "customer_id" ? w.inboundCustomer : w.inboundHold}
            </label>
          ))}
        </fieldset>
        <Field label={by === "customer_id" ? w.inboundCustomer : w.inboundHold}>
          <input value={id} onChange={(e) => setId(e.target.value)} required maxLength={64} autoComplete="off" spellCheck={false} data-test="inbound-id" />
        </Field>
        <Field label={w.inboundReason}>
          <input value={reason} onChange={(e) => setReason(e.target.value)} required maxLength={500} data-test="inbound-reason" />
        </Field>
        <Trouble error={desk.error} />
        <div className="actions">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button kind="primary" type="submit" busy={desk.busy === "inbound"} data-test="inbound-open">
            {w.inboundOpen}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
