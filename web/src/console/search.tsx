// Find a hold by an id. Every search is on record.
import { useState, type FormEvent } from "react";
import { Refused, reply } from "../sdk/api";
import { dateTime, money } from "../base/format";
import { useLocale, useWords } from "../base/locale";
import { Button, Field, Loading } from "../base/parts";
import { useFetched } from "./data";
import { Link, View, navigate, useQuery } from "./router";
import { StatusOf, Trouble } from "./say";
import { api, useSession } from "./session";
import { payee } from "./words/payee";
import { supervise } from "./words/supervise";

export function Search() {
  const w = useWords(supervise), q = useQuery().get("q") ?? "", { session } = useSession();
  const [typed, setTyped] = useState(q);
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (typed.trim()) navigate(`/console/search?q=${encodeURIComponent(typed.trim())}`);
  };
  return (
    <View title={w.search} test="search">
      <form role="search" aria-label={w.search} className="row searchbar" onSubmit={send}>
        <Field label={w.searchFor} hint={w.searchHint}>
          <input type="search" value={typed} onChange={(e) => setTyped(e.target.value)} maxLength={128} autoComplete="off" spellCheck={false} data-test="search-q" />
        </Field>
        <Button kind="primary" type="submit" data-test="search-do">
          {w.find}
        </Button>
      </form>
      {q && <Found key={q} q={q} />}
      {session?.role === "supervisor" && <OfPayee />}
    </View>
  );
}

/** A payee by its account. It is sent in a body, and never kept in an address. */
function OfPayee() {
  const w = useWords(payee);
  const [account, setAccount] = useState("");
  const [country, setCountry] = useState("");
  const [asked, setAsked] = useState("");
  const [error, setError] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (e: FormEvent) => {
    e.preventDefault();
    const of = country.trim().toUpperCase();
    setBusy(true);
    setAsked(of);
    try {
      const found = await reply(api.POST("/v1/counterparties/search", { body: { account: account.trim(), ...(of && { country: of }) } }));
      navigate(`/console/counterparties/${found.counterparty_id}`);
    } catch (err) {
      setError(err instanceof Refused ? err : new Refused(null));
      setBusy(false);
    }
  };
  return (
    <form role="search" aria-label={w.find} className="stack" onSubmit={(e) => void send(e)}>
      <div className="row searchbar">
        <Field label={w.searchFor} hint={w.searchHint} error={error?.code !== "not_found" ? undefined : asked ? w.notFoundThere(asked) : w.notFound}>
          <input value={account} onChange={(e) => setAccount(e.target.value)} maxLength={64} autoComplete="off" spellCheck={false} data-test="payee-account" />
        </Field>
        <Field label={w.country} hint={w.countryHint}>
          <input value={country} onChange={(e) => setCountry(e.target.value)} minLength={2} maxLength={2} pattern="[A-Za-z]{2}" title={w.countryHint} autoComplete="off" autoCapitalize="characters" spellCheck={false} data-test="payee-country" />
        </Field>
        <Button type="submit" busy={busy} disabled={account.trim() === ""} data-test="payee-find">
          {w.find}
        </Button>
      </div>
      {error?.code !== "not_found" && <Trouble error={error} />}
    </form>
  );
}

function Found({ q }: { q: string }) {
  const w = useWords(supervise), locale = useLocale();
  const got = useFetched(() => reply(api.GET("/v1/supervision/holds", { params: { query: { q } } })), [q]);
  const holds = got.data?.holds;
  return (
    <section aria-labelledby="found" className="stack">
      <h2 id="found">{holds ? w.found(holds.length) : w.searching}</h2>
      <p className="hide" role="status">
        {holds ? w.found(holds.length) : ""}
      </p>
      <Trouble error={got.error} />
      {!holds && !got.error && <Loading />}
      {holds?.length === 0 && <p className="muted">{w.foundNone}</p>}
      <ul className="stack tight">
        {holds?.map((h) => (
          <li key={h.id} className="card row apart" data-test="found">
            <span>
              <strong className="numbers">{money(h.amount, locale)}</strong> · {h.payee.name} <span className="muted">{h.payee.account}</span>
              <br />
              <span className="muted small">
                {h.customer_id} · {h.transaction_id} · {dateTime(h.accepted_at, locale)}
              </span>
            </span>
            <span className="row">
              <StatusOf status={h.status} />
              <Link className="button" to={`/console/holds/${h.id}`} data-test="open-story">
                {w.openStory}
                <span className="hide"> {h.transaction_id}</span>
              </Link>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
