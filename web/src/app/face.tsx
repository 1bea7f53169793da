// A face check: it happens on a page of its own, which a link opens once.
import { useState, type ReactNode } from "react";
import { Button, Notice } from "../base/parts";
import { Refused as Refusal } from "../sdk/api";
import { useWords } from "../base/locale";
import type { Challenge } from "../sdk";
import { View } from "./frame";
import type { Model } from "./model";
import { Payment, Refused } from "./question";
import { words } from "./words";

export function Face({ c, model, refusal, children }: { c: Challenge; model: Model; refusal: string; children: ReactNode }) {
  const w = useWords(words);
  const [state, set] = useState<"" | "busy" | "opened" | "spent" | "failed">("");
  const open = async () => {
    const tab = window.open("", "_blank"); // before waiting, or the browser refuses it
    set("busy");
    try {
      const url = await model.client.link(c.id);
      if (!tab) return location.assign(url);
      tab.opener = null;
      tab.location.replace(url);
      set("opened");
    } catch (e) {
      tab?.close();
      set(e instanceof Refusal && e.code === "link_limit" ? "spent" : "failed");
    }
  };
  return (
    <View test="face" title={w.faceTitle}>
      <Refused why={refusal || (state === "failed" ? w.refused : "")} />
      <Payment c={c} model={model} />
      <p>{w.faceText}</p>
      {state === "opened" && <Notice tone="info">{w.faceOpened}</Notice>}
      {state === "spent" ? (
        <Notice tone="warn">{w.faceSpent}</Notice>
      ) : (
        <Button kind={state === "opened" ? undefined : "primary"} wide busy={state === "busy"} onClick={() => void open()} data-test="face-open">
          {state === "opened" ? w.faceAgain : w.faceOpen}
        </Button>
      )}
      {children}
    </View>
  );
}
