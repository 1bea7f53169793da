// A payee's page: what is known of it, and what two people say of it.
import { useState } from "react";
import { reply, type Schemas } from "../sdk/api";
import { dateTime, money, type Money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Loading, Notice, Status } from "../base/parts";
import { useFetched } from "./data";
import { Facts, type Fact } from "./facts";
import { Hits, Level, useAged } from "./payee";
import { Reasoned } from "./reasoned";
import { Link, View } from "./router";
import { Trouble } from "./say";
import { api, useSession } from "./session";
import { VerdictCard } from "./verdicts";
import { payee } from "./words/payee";

type Payee = Schemas["Counterparty"];
type Kind = Schemas["Verdict"]["kind"];

export function Counterparty({ id }: { id: string }) {
  const w = useWords(payee), { session } = useSession();
  // A look is an entry of the payee's trail: when it is opened, and when asked again.
  const got = useFetched(() => reply(api.GET("/v1/counterparties/{counterparty_id}", { params: { path: { counterparty_id: id } } })), [id]);
  const p = got.data;
  return (
    <View title={w.title} test="counterparty">
      <div className="row">
        <Button onClick={got.again} data-test="payee-again">
          {w.again}
        </Button>
        {session?.role === "supervisor" && p && <Powers p={p} onDone={got.again} />}
      </div>
      <Trouble error={got.error} />
      {!p && !got.error && <Loading />}
      {p && (
        <>
          <Known p={p} />
          <section className="card stack tight" aria-labelledby="payee-hits" data-test="payee-hits">
            <h2 id="payee-hits">{w.hits}</h2>
            {p.hits.length === 0 ? <p className="muted">{w.noHits}</p> : <Hits hits={p.hits} />}
          </section>
          <Proposals p={p} />
          <section className="stack" aria-labelledby="payee-verdicts" data-test="payee-verdicts">
            <h2 id="payee-verdicts">{w.verdicts}</h2>
            {p.verdicts.length === 0 && <p className="muted">{w.noVerdicts}</p>}
            {p.verdicts.map((v) => (
              <VerdictCard key={v.id} v={v} decide onDone={got.again} />
            ))}
          </section>
        </>
      )}
    </View>
  );
}

function Known({ p }: { p: Payee }) {
  const w = useWords(payee), locale = useLocale(), aged = useAged();
  const sums = (all: Money[]) => (all.length === 0 ? w.nothing : all.map((m) => money(m, locale)).join(" · "));
  const facts: Fact[] = [
    [w.firstSeen, aged(p.first_seen)],
    [w.payers, String(p.payers_30d)],
    [w.payments, String(p.held_30d)],
    [w.waiting, sums(p.held)],
    [w.gone, sums(p.released)],
    [w.reported, String(p.reporters)],
  ];
  return (
    <section className="card stack tight" aria-label={w.known} data-test="payee-facts">
      <div className="row apart">
        <h2>{p.latest?.name ?? p.id}</h2>
        <Level level={p.level} />
      </div>
      {p.latest && <p className="muted">{[p.latest.account, p.latest.bank, p.latest.country].filter(Boolean).join(" · ")}</p>}
      {p.mule && <Status tone="bad">{w.mule}</Status>}
      {p.shared && <Notice tone="info" title={w.shared} />}
      <Facts of={facts} numbers />
    </section>
  );
}

function Proposals({ p }: { p: Payee }) {
  const w = useWords(payee), locale = useLocale();
  return (
    <section className="card stack tight" aria-labelledby="payee-proposals" data-test="payee-proposals">
      <h2 id="payee-proposals">{w.proposals}</h2>
      {p.proposals.length === 0 && p.reporters === 0 && <p className="muted">{w.noProposals}</p>}
      {p.reporters > 0 && (
        <p>
          {w.reported}: <strong className="numbers">{p.reporters}</strong>
        </p>
      )}
      <ul className="stack tight">
        {p.proposals.map((o, i) => (
          <li key={i} data-test="proposal" data-source={o.source}>
            <strong>{o.source === "payers" ? w.payersAgree : w.byAgent(o.agent ?? "")}</strong> <span className="muted small">{dateTime(o.at, locale)}</span>
            {o.reason && <blockquote>{o.reason}</blockquote>}
            {o.hold_id && (
              <Link to={`/console/holds/${o.hold_id}`}>
                {w.aboutPayment}
                <span className="hide"> {o.hold_id}</span>
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const renewal = 14 * 24 * 3600 * 1000; // ms before its end in which a mule verdict may be asked for again

/** What a supervisor can ask for. Nothing is said of a payee without a second person. */
function Powers({ p, onDone }: { p: Payee; onDone: () => void }) {
  const w = useWords(payee);
  const [asking, ask] = useState<Kind | null>(null);
  if (p.verdicts.some((v) => v.status === "asked")) return null;
  const mule = p.verdicts.some((v) => v.kind === "mule" && v.status === "in_force");
  const renews = p.verdicts.some((v) => v.kind === "mule" && v.status === "in_force" && v.until && Date.parse(v.until) - Date.now() <= renewal);
  const reverses = p.verdicts.some((v) => v.kind === "reverse" && v.status === "in_force");
  const kinds: Kind[] = [...((mule && !renews) || p.shared ? [] : ["mule" as const]), ...(mule ? ["cleared" as const] : []), ...(mule && !reverses && !p.shared ? ["reverse" as const] : [])];
  const send = (kind: Kind) => (reason: string) => {
    const params = { path: { counterparty_id: p.id } };
    if (kind === "reverse") return reply(api.POST("/v1/counterparties/{counterparty_id}/reverse", { params, body: { reason } }));
    return reply(api.POST("/v1/counterparties/{counterparty_id}/verdict", { params, body: { verdict: kind, reason } }));
  };
  return (
    <>
      {kinds.map((kind) => (
        <Button key={kind} onClick={() => ask(kind)} data-test={`ask-${kind}`}>
          {renews && kind === "mule" ? w.renew : w.ask[kind]}
        </Button>
      ))}
      {asking && (
        <Reasoned
          title={renews && asking === "mule" ? w.renew : (w.ask[asking] ?? asking)}
          body={renews && asking === "mule" ? w.renewBody : (w.askBody[asking] ?? "")}
          act={w.askDo}
          danger={asking === "reverse"}
          test="ask-verdict"
          send={send(asking)}
          onClose={() => ask(null)}
          onDone={onDone}
        />
      )}
    </>
  );
}
