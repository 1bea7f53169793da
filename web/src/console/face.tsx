// A face check is judged: the customer's pictures beside the portrait on record,
// by the first person on their case, and by the second where two are needed.
import { useEffect, useId, useState } from "react";
import { useWords } from "../base/locale";
import { Button, Notice, Status } from "../base/parts";
import type { Task } from "./session";
import { face } from "./words/face";

const frames = [1, 2, 3];

export function Face({ caseId, task }: { caseId: string; task: Task }) {
  const w = useWords(face);
  return <Pictures asked={task} base={`/console/v1/callbacks/${caseId}/tasks/${task.id}/pictures/`} judge={w.judge} />;
}

/** The second person asks for them: each look is on record, so none is by chance. */
export function SecondFace({ approval }: { approval: { id: string; gesture?: string; portrait?: boolean } }) {
  const w = useWords(face);
  const [shown, show] = useState(false);
  if (shown) return <Pictures asked={approval} base={`/console/v1/approvals/${approval.id}/pictures/`} judge={w.second} />;
  return (
    <div className="row">
      <Button onClick={() => show(true)} data-test="face-show">
        {w.show}
      </Button>
      <span className="muted">{w.onRecord}</span>
    </div>
  );
}

const portrait = 0;

/** Fetches each picture once a showing: every look is on record, and counts. */
function usePictures(base: string, numbers: number[]) {
  const [got, set] = useState<Record<number, string | "broken">>({});
  const [round, again] = useState(0);
  const wanted = numbers.join();
  useEffect(() => {
    let over = false;
    const made: string[] = [];
    set({});
    for (const n of wanted.split(",").map(Number))
      void fetch(base + n, { cache: "no-store" })
        .then(async (r) => (r.ok ? URL.createObjectURL(await r.blob()) : "broken"))
        .catch(() => "broken")
        .then((url) => {
          if (url !== "broken") made.push(url);
          if (over) made.forEach((u) => URL.revokeObjectURL(u));
          else set((was) => ({ ...was, [n]: url }));
        });
    return () => {
      over = true;
      made.forEach((u) => URL.revokeObjectURL(u));
    };
  }, [base, wanted, round]);
  return { got, again: () => again((n) => n + 1) };
}

function Pictures({ asked, base, judge }: { asked: { gesture?: string; portrait?: boolean }; base: string; judge: string }) {
  const w = useWords(face), id = useId();
  const [frame, setFrame] = useState(1);
  const [zoom, setZoom] = useState(1);
  const { got, again } = usePictures(base, asked.portrait ? [portrait, ...frames] : frames);
  return (
    <section className="card stack tight" aria-labelledby={id} data-test="face">
      <h3 id={id}>{w.title}</h3>
      <p>
        {w.asked} <strong>{asked.gesture}</strong>
      </p>
      {!asked.portrait && <Notice tone="warn">{w.noPortrait}</Notice>}
      <div className="faces">
        {asked.portrait && <Picture src={got[portrait]} label={w.portrait} zoom={zoom} />}
        <Picture key={frame} src={got[frame]} label={w.frame(frame)} zoom={zoom} />
      </div>
      {Object.values(got).includes("broken") && (
        <div>
          <Button onClick={again} data-test="face-again">
            {w.again}
          </Button>
        </div>
      )}
      <fieldset className="frames">
        <legend>{w.choose}</legend>
        {frames.map((n) => (
          <label key={n} className={n === frame ? "frame chosen" : "frame"}>
            <input type="radio" className="hide" name={id} checked={n === frame} onChange={() => setFrame(n)} data-test={`frame-${n}`} />
            {got[n] && got[n] !== "broken" && <img src={got[n]} alt="" />}
            <span>
              {n === frame ? "● " : ""}
              {w.frame(n)}
            </span>
          </label>
        ))}
      </fieldset>
      <label className="row">
        {w.zoom}
        <input type="range" min={1} max={4} step={0.25} value={zoom} onChange={(e) => setZoom(Number(e.target.value))} aria-valuetext={`${zoom} ×`} data-test="zoom" />
        <span className="numbers">{zoom} ×</span>
      </label>
      <p className="muted">{judge}</p>
    </section>
  );
}

/** Enlarged, it is moved about in its frame with the mouse or the arrow keys. */
function Picture({ src, label, zoom }: { src: string | undefined; label: string; zoom: number }) {
  const w = useWords(face);
  return (
    <figure>
      <div className="picture" tabIndex={0} role="group" aria-label={label}>
        {src === "broken" ? <Status tone="warn">{w.broken}</Status> : src && <img src={src} alt={label} style={{ width: `${zoom * 100}%` }} />}
      </div>
      <figcaption className="small">{label}</figcaption>
    </figure>
  );
}
