// Whom the customer trusts: who they are, what it means, how one is named, taken off or kept.
import { useEffect, useState } from "react";
import { Button, Field, Loading, Notice, Status, type Tone } from "../base/parts";
import { dateTime } from "../base/format";
import { Refused, type Schemas } from "../sdk/api";
import { useLocale, useWords } from "../base/locale";
import { View } from "./frame";
import { Sure } from "./home";
import { useList } from "./list";
import type { Model } from "./model";
import { trust } from "./trust";

type Contact = Schemas["TrustedContact"];

export function Contacts({ model, onBack }: { model: Model; onBack: () => void }) {
  const w = useWords(trust), locale = useLocale(), me = model.state.device;
  const { list, failed, reload } = useList(() => model.client.contacts());
  const [about, ask] = useState<Contact>(), [adding, add] = useState(false), [said, say] = useState<{ tone: Tone; text: string }>();
  const [busy, work] = useState<Record<string, boolean>>({}); // until the list is there anew
  useEffect(() => work({}), [list]);
  const act = async (id: string, send: () => Promise<unknown>, done: string, over: string) => {
    ask(undefined);
    work((b) => ({ ...b, [id]: true }));
    try {
      await send();
      say({ tone: "info", text: done });
      reload();
    } catch (e) {
      const code = e instanceof Refused ? e.code : "";
      if (code === "not_found") reload();
      else work((b) => ({ ...b, [id]: false }));
      say({ tone: "warn", text: code === "not_found" ? over : (w.refusals[code] ?? w.refused) });
    }
  };
  const remove = (c: Contact) => act(c.id, () => model.client.removeContact(me!, c.id), c.status === "effective" ? w.leaving : w.removed, w.removedBefore);
  const keep = (c: Contact) => act(c.id, () => model.client.keepContact(me!, c.id), w.kept, w.removedBefore);
  const answer = (id: string, agree: boolean) => act(id, () => model.client.answerContact(me!, id, agree), agree ? w.agreed : w.declined, w.over);
  if (adding && me)
    return (
      <Add
        model={model}
        onBack={() => add(false)}
        onDone={() => {
          add(false);
          say({ tone: "info", text: w.asked });
          reload();
        }}
      />
    );
  return (
    <View test="contacts-view" title={w.title}>
      <p>{w.means}</p>
      {!me && <Notice tone="info">{w.noDevice}</Notice>}
      {said && <Notice tone={said.tone} urgent>{said.text}</Notice>}
      {failed && <Notice tone="warn">{w.failed}</Notice>}
      {!list && !failed && <Loading />}
      {list?.asked?.map((q) => (
        <section key={q.id} className="card stack" aria-label={w.askedBy(q.who)} data-test="contact-asked">
          <h2>{w.askedBy(q.who)}</h2>
          <p>{w.askedText}</p>
          {me && (
            <span className="row">
              <Button busy={busy[q.id]} onClick={() => void answer(q.id, true)} data-test="contact-agree" aria-label={`${w.agree}: ${q.who}`}>{w.agree}</Button>
              <Button busy={busy[q.id]} onClick={() => void answer(q.id, false)} data-test="contact-decline" aria-label={`${w.decline}: ${q.who}`}>{w.decline}</Button>
            </span>
          )}
        </section>
      ))}
      {list?.contacts.length === 0 && <p>{w.none}</p>}
      <ul className="list">
        {list?.contacts.map((c) => (
          <li key={c.id} data-contact={c.id} data-status={c.status}>
            <strong><bdi>{c.name}</bdi> <span className="numbers">{c.number}</span></strong>
            {c.status === "accepted" && <span className="muted small">{w.from(dateTime(c.effective_at!, locale))}</span>}
            {c.leaves_at && <span className="small">{w.leaves(dateTime(c.leaves_at, locale))}</span>}
            <span className="row apart">
              <Standing c={c} />
              {me && c.leaves_at && <Button busy={busy[c.id]} onClick={() => void keep(c)} data-test="contact-keep" aria-label={`${w.keep}: ${c.name}`}>{w.keep}</Button>}
              {me && !c.leaves_at && <Button busy={busy[c.id]} onClick={() => ask(c)} data-test="contact-remove" aria-label={`${w.remove}: ${c.name}`}>{w.remove}</Button>}
            </span>
          </li>
        ))}
      </ul>
      {me && list && list.contacts.length < list.most && <Button kind="primary" wide onClick={() => { say(undefined); add(true); }} data-test="contact-add">{w.add}</Button>}
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
      {about && <Sure title={w.removeTitle(about.name)} text={about.status === "effective" ? w.removeLater : w.removeText} what={w.remove} onDo={() => void remove(about)} onClose={() => ask(undefined)} />}
    </View>
  );
}

function Standing({ c }: { c: Contact }) {
  const w = useWords(trust);
  if (c.status === "effective") return <Status tone="good">{w.effective}</Status>;
  return <Status tone="quiet">{c.status === "named" ? w.named : w.accepted}</Status>;
}

function Add({ model, onBack, onDone }: { model: Model; onBack: () => void; onDone: () => void }) {
  const w = useWords(trust);
  const [name, setName] = useState(""), [phone, setPhone] = useState("");
  const [errors, set] = useState({ name: "", phone: "", all: "" }), [busy, work] = useState(false);
  const send = async () => {
    const wrong = { name: name.trim() ? "" : w.nameBad, phone: phone.trim() ? "" : w.phoneBad, all: "" };
    set(wrong);
    if (wrong.name || wrong.phone) return;
    work(true);
    try {
      await model.client.nameContact(model.state.device!, name.trim(), phone.trim());
      return onDone();
    } catch (e) {
      const code = e instanceof Refused ? e.code : "";
      set(code === "field_invalid" || code === "contact_number" ? { ...wrong, phone: w.phoneBad } : { ...wrong, all: w.refusals[code] ?? w.refused });
    }
    work(false);
  };
  return (
    <View test="contact-new" title={w.add} onSubmit={() => void send()}>
      <p>{w.addText}</p>
      <Field label={w.name} hint={w.nameHint} error={errors.name}>
        <input value={name} maxLength={64} autoComplete="off" onChange={(e) => setName(e.target.value)} data-test="contact-name" />
      </Field>
      <Field label={w.phone} hint={w.phoneHint} error={errors.phone}>
        <input type="tel" value={phone} maxLength={32} autoComplete="off" onChange={(e) => setPhone(e.target.value)} data-test="contact-phone" />
      </Field>
      <Notice tone="info">{w.tells}</Notice>
      {errors.all && <Notice tone="warn" urgent>{errors.all}</Notice>}
      <Button kind="primary" wide busy={busy} type="submit" data-test="contact-do">{w.ask}</Button>
      <Button wide onClick={onBack} data-test="back">{w.back}</Button>
    </View>
  );
}
