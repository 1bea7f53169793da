// Making this browser a device of the customer's.
import { useState } from "react";
import { Button, Field, Notice } from "../base/parts";
import { Refused } from "../sdk/api";
import { useWords } from "../base/locale";
import type { Device } from "../sdk";
import { View } from "./frame";
import type { Lost, Model } from "./model";
import { words } from "./words";

export function Enrol({ model, lost }: { model: Model; lost: Lost | undefined }) {
  const w = useWords(words);
  const [name, setName] = useState(""), [pin, setPIN] = useState("");
  const [errors, set] = useState({ name: "", pin: "", all: "" }), [busy, work] = useState(false), [done, finish] = useState<Device>();
  const enrol = async () => {
    const wrong = { name: name.trim() ? "" : w.nameBad, pin: /^\d{4,8}$/.test(pin) ? "" : w.pinBad, all: "" };
    set(wrong);
    if (wrong.name || wrong.pin) return;
    work(true);
    try {
      finish(await model.client.enrol(name.trim(), pin));
    } catch (e) {
      set({ ...wrong, all: e instanceof Refused ? (w.refusals[e.code] ?? w.refused) : w.noStorageText });
    }
    work(false);
  };
  if (done)
    return (
      <View test="enrolled" title={w.enrolled}>
        <Notice tone="info">{w.enrolledText}</Notice>
        <Button kind="primary" wide onClick={() => model.use(done)} data-test="go-on">{w.goOn}</Button>
      </View>
    );
  return (
    <View test="enrol" title={w.enrolTitle} onSubmit={() => void enrol()}>
      <p>{w.enrolText}</p>
      {lost && <Notice tone="warn"><span data-test={`lost-${lost}`}>{lost === "pin" ? w.pinSpent : w.lostKey}</span></Notice>}
      <Field label={w.deviceName} hint={w.deviceNameHint} error={errors.name}>
        <input value={name} maxLength={64} autoComplete="off" onChange={(e) => setName(e.target.value)} data-test="device-name" />
      </Field>
      <Field label={w.pin} hint={w.pinHint} error={errors.pin}>
        <input type="password" inputMode="numeric" autoComplete="new-password" maxLength={8} value={pin} onChange={(e) => setPIN(e.target.value.replace(/\D/g, ""))} data-test="new-pin" />
      </Field>
      {errors.all && <Notice tone="warn" urgent>{errors.all}</Notice>}
      <Button type="submit" kind="primary" wide busy={busy} data-test="enrol-do">{w.enrol}</Button>
    </View>
  );
}
