// Where the page gets its customer token from. Holdfast signs no customer in:
// the bank does, and hands the token over.

export type Bank = {
  /** A fresh customer token (POST /v1/customers/{id}/sessions, by the bank's server). */
  token(): Promise<string>;
  /** The customer's id, as the bank registered it. Absent: the device's key and the server tell. */
  customer?: string;
  /** As customers know it. */
  name?: string;
  /** Signs the customer in again, when the bank's own session has ended. */
  signIn?(): void;
};

declare global {
  interface Window {
    bank?: Bank;
  }
}

/**
 * The bank's shell or script, as window.bank; or a token in the address's
 * fragment, #token=… or #customer=…&token=…, for a shell that can only open an
 * address. The fragment is taken out of it at once. Undefined: nobody signed in.
 */
export function findBank(): Bank | undefined {
  const given = new URLSearchParams(location.hash.slice(1)), token = given.get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return window.bank ?? (token ? { token: async () => token, customer: given.get("customer") ?? undefined } : undefined);
}
