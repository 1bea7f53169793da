// A face check is judged: the customer's pictures beside the portrait on record.
import { useState } from "react";
import { useWords } from "../base/locale";
import { Notice, Status } from "../base/parts";
import type { Task } from "./session";
import { face } from "./words/face";

const frames = [1, 2, 3];

export function Face({ caseId, task }: { caseId: string; task: Task }) {
  const w = useWords(face);
  const [frame, setFrame] = useState(1);
  const [zoom, setZoom] = useState(1);
  const address = (n: number) => `/console/v1/callbacks/${caseId}/tasks/${task.id}/pictures/${n}`;
  return (
    <section className="card stack tight" aria-labelledby="face" data-test="face">
      <h3 id="face">{w.title}</h3>
      <p>
        {w.asked} <strong lang="en">{task.gesture}</strong>
      </p>
      {!task.portrait && <Notice tone="warn">{w.noPortrait}</Notice>}
      <div className="faces">
        {task.portrait && <Picture src={address(0)} label={w.portrait} zoom={zoom} />}
        <Picture key={frame} src={address(frame)} label={w.frame(frame)} zoom={zoom} />
      </div>
      <fieldset className="frames">
        <legend>{w.choose}</legend>
        {frames.map((n) => (
          <label key={n} className={n === frame ? "frame chosen" : "frame"}>
            <input type="radio" className="hide" name="frame" checked={n === frame} onChange={() => setFrame(n)} data-test={`frame-${n}`} />
            <img src={address(n)} alt="" />
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
      <p className="muted">{w.judge}</p>
    </section>
  );
}

/** Enlarged, it is moved about in its frame with the mouse or the arrow keys. */
function Picture({ src, label, zoom }: { src: string; label: string; zoom: number }) {
  const w = useWords(face);
  const [broken, setBroken] = useState(false);
  return (
    <figure>
      <div className="picture" tabIndex={0} role="group" aria-label={label}>
        {broken ? <Status tone="warn">{w.broken}</Status> : <img src={src} alt={label} onError={() => setBroken(true)} style={{ width: `${zoom * 100}%` }} />}
      </div>
      <figcaption className="small">{label}</figcaption>
    </figure>
  );
}
