// What waits for a second person: what the first one saw, what changed since,
// their words.
import { useState, type FormEvent } from "react";
import { Refused, reply, type Schemas } from "../sdk/api";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Dialog, Field, Loading, Notice, Status } from "../base/parts";
import { useFetched } from "./data";
import { SecondFace } from "./face";
import { useLive } from "./live";
import { WaitingReferrals } from "./refer";
import { Link, View } from "./router";
import { Decided, Trouble, useAuthor } from "./say";
import { api, useSession } from "./session";
import { Timeline, useChallengePoints } from "./tried";
import { Waiting } from "./verdicts";
import { codes } from "./words/codes";
import { counter } from "./words/counter";
import { face } from "./words/face";
import { supervise } from "./words/supervise";
import { work } from "./words/work";

type Approval = Schemas["Approval"];

export function Approvals() {
  const w = useWords(supervise), { pulse, stats } = useLive(), { session } = useSession();
  const got = useFetched(() => reply(api.GET("/v1/approvals", { params: { query: { limit: 200 } } })), [], pulse);
  const [done, setDone] = useState<Approval | null>(null);
  const list = got.data?.approvals;
  return (
    <View title={w.approvals} test="approvals">
      {done && (
        <div data-test="approval-done">
          <Notice tone="good" title={done.status === "approved" ? w.approved : w.rejected} />
        </div>
      )}
      <Trouble error={got.error} calm />
      {!list && !got.error && <Loading />}
      {list?.length === 0 && !stats?.approvals && <p className="muted">{w.noApprovals}</p>}
      <ul className="stack">
        {list?.map((a) => (
          <li key={a.id}>
            <One
              a={a}
              onDone={(d) => {
                setDone(d);
                got.again();
              }}
            />
          </li>
        ))}
      </ul>
      {session?.role === "supervisor" && <Waiting />}
      {session?.role === "supervisor" && <WaitingReferrals />}
    </View>
  );
}

export function One({ a, onDone, within }: { a: Approval; onDone: (a: Approval) => void; within?: "story" }) {
  const w = useWords(supervise), x = useWords(work), f = useWords(face), n = useWords(counter), locale = useLocale(), { session } = useSession(), author = useAuthor();
  const [deciding, decide] = useState<"approve" | "reject" | null>(null);
  const own = a.first === session?.sub || a.first === `agent:${session?.sub}`;
  const may = !own && a.status === "pending" && session?.role !== "auditor" && (a.kind === "confirm" || session?.role === "supervisor");
  const yes = may && (!a.supervisor_approves || session?.role === "supervisor");
  return (
    <article className="card stack tight" data-test="approval" data-kind={a.kind}>
      <div className="row apart">
        <h2>{a.gesture ? f.kind : w.approvalKinds[a.kind]}</h2>
        <span className="muted">{dateTime(a.created_at, locale)}</span>
      </div>
      {a.hold && (
        <>
          <p className="amount numbers">{money(a.hold.amount, locale)}</p>
          <p className="payee">{a.hold.payee.name}</p>
          <p className="muted">{a.hold.payee.account}</p>
        </>
      )}
      {a.customer_id && (
        <p>
          {x.customer}: <strong>{a.customer_id}</strong>
        </p>
      )}
      <h3>{w.firstSaid(author(a.first))}</h3>
      {a.document && <p data-test="approval-document">{w.sawDocument(n.documents[a.document] ?? a.document)}</p>}
      <blockquote>{a.reason || w.noNote}</blockquote>
      {a.hold && <Since a={a} hold={a.hold} />}
      {may && a.gesture && <SecondFace approval={a} />}
      {session?.role !== "agent" && a.hold && !within && (
        <Link to={`/console/holds/${a.hold.id}`} data-test="approval-story">
          {x.story}
        </Link>
      )}
      {own && <p className="muted">{w.own}</p>}
      {may && a.second_calls && <Notice tone="info">{w.secondCalls}</Notice>}
      {!own && !may && a.status === "pending" && <p className="muted">{w.supervisorNeeded}</p>}
      {may && !yes && <p className="muted">{w.supervisorApproves}</p>}
      {may && (
        <div className="row">
          {yes && (
            <Button kind={a.second_calls ? undefined : "primary"} onClick={() => decide("approve")} data-test="approve">
              {w.approve}
            </Button>
          )}
          <Button onClick={() => decide("reject")} data-test="reject">
            {w.reject}
          </Button>
        </div>
      )}
      {deciding && <Decide a={a} decision={deciding} onClose={() => decide(null)} onDone={onDone} />}
    </article>
  );
}

/** What the first person saw, and what changed since. */
function Since({ a, hold }: { a: Approval; hold: NonNullable<Approval["hold"]> }) {
  const w = useWords(supervise), x = useWords(work), k = useWords(codes), points = useChallengePoints();
  const [before, after] = [false, true].map((later) => points(hold.challenges).filter((p) => Date.parse(p.at) > Date.parse(a.created_at) === later)) as [ReturnType<typeof points>, ReturnType<typeof points>];
  const amended = a.revision !== undefined && a.revision !== 0 && a.revision !== hold.revision;
  return (
    <>
      <h3>{w.saw}</h3>
      <ul>
        {hold.reasons.map((r) => (
          <li key={r.code}>
            {r.text}
          </li>
        ))}
        <li>
          {x.nameCheck}: {k.checks[hold.payee.name_check ?? ""] ?? k.noCheck}
        </li>
      </ul>
      <Timeline points={before} />
      <h3>{w.since}</h3>
      {amended && <Status tone="warn">{w.amended}</Status>}
      {hold.decision && <Decided decision={hold.decision} />}
      {after.length > 0 && <Timeline points={after} />}
      {!amended && !hold.decision && after.length === 0 && <p className="muted">{w.nothingChanged}</p>}
    </>
  );
}

function Decide({ a, decision, onClose, onDone }: { a: Approval; decision: "approve" | "reject"; onClose: () => void; onDone: (a: Approval) => void }) {
  const w = useWords(supervise), x = useWords(work), locale = useLocale();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      const got = await reply(api.POST("/v1/approvals/{approval_id}", { params: { path: { approval_id: a.id } }, body: { decision, reason: reason.trim() } }));
      onClose();
      onDone(got);
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
      setBusy(false);
    }
  };
  const stands = error?.problem?.stands?.decision;
  return (
    <Dialog title={decision === "approve" ? w.approveTitle : w.rejectTitle} onClose={onClose}>
      <form className="stack" onSubmit={(e) => void send(e)} data-test="decide">
        {a.hold && (
          <div>
            <p className="amount numbers">{money(a.hold.amount, locale)}</p>
            <p className="payee">{a.hold.payee.name}</p>
          </div>
        )}
        <p>{decision === "reject" ? w.rejectEffect : a.kind === "unfreeze" ? w.unfreezeEffect : a.kind === "wait" ? w.waitEffect : w.releaseEffect}</p>
        <Field label={w.yourReason}>
          <textarea value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required data-test="decide-reason" />
        </Field>
        <Trouble error={error} />
        {stands && <Decided decision={stands} />}
        <div className="actions">
          <Button onClick={onClose}>{x.cancel}</Button>
          <Button kind={decision === "approve" && a.kind !== "unfreeze" && a.kind !== "wait" ? "danger" : "primary"} type="submit" busy={busy} disabled={reason.trim() === ""} data-test="decide-do">
            {decision === "reject" ? w.reject : a.kind === "unfreeze" || a.kind === "wait" ? w.approve : w.approveRelease}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
