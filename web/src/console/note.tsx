// The note of a task, and what must not be in it.
import { useWords } from "../base/locale";
import { Field } from "../base/parts";
import { useDesk } from "./desk";
import { rail } from "./words/rail";

/** Card numbers have 13 to 19 digits, however they are grouped. */
export const cardLike = (note: string) => /(?:\d[ -]?){13,19}/.test(note);

/** The note of a task: in the rail and in the question before it is sent. */
export function Note({ id, note }: { id: string; note: string }) {
  const w = useWords(rail), desk = useDesk();
  return (
    <Field label={w.note} hint={w.noteHint(2000 - note.length)} error={cardLike(note) ? w.cardLike : undefined}>
      <textarea value={note} maxLength={2000} rows={3} onChange={(e) => desk.write(id, { note: e.target.value })} data-test="note" />
    </Field>
  );
}
