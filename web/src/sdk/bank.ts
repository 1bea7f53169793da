// Where the page gets its customer token from. Holdfast signs no customer in:
// the bank does, and hands the token over.

export type Bank = {
  /** A fresh customer token (POST /v1/customers/{id}/sessions, by the bank's server). */
  token(): Promise<string>;
  /** The bank's own id of the customer. */
  customer: string;
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
 * fragment, #customer=…&token=…, for a shell that can only open an address. The
 * fragment is taken out of the address at once. Undefined: nobody signed in.
 */
export function findBank(): Bank | undefined {
  if (window.bank) return window.bank;
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get("token"), customer = given.get("customer");
  if (!token || !customer) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return { customer, token: async () => token };
}
