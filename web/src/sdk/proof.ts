// Proofs: compact JWS (RFC 7515) by the device's key, over exactly what the
// page shows. docs/app-protocol.md lists their claims.
import { base64url, utf8 } from "./base64url";

/**
 * Canonical JSON (RFC 8785) of what is signed: objects, lists, strings and safe
 * integers. JSON.stringify writes these as the RFC wants them;
 * names are sorted by UTF-16 code units, as sort() does.
 */
export function canonical(v: unknown): string {
  if (typeof v === "string" || (typeof v === "number" && Number.isSafeInteger(v))) return JSON.stringify(v);
  if (Array.isArray(v)) return `[${v.map(canonical).join(",")}]`;
  if (v === null || typeof v !== "object") throw new TypeError("nothing that is signed");
  const o = v as Record<string, unknown>;
  return `{${Object.keys(o).sort().map((k) => `${JSON.stringify(k)}:${canonical(o[k])}`).join(",")}}`;
}

/** SHA-256 of the canonical JSON, in lower-case hexadecimal: tx_digest. */
export async function digestOf(document: unknown): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(canonical(document))));
  return Array.from(hash, (b) => b.toString(16).padStart(2, "0")).join("");
}

export type ProofType = "hello" | "answer" | "enrol" | "revoke" | "interview" | "warning" | "contact" | "lock";

const life = 55; // seconds: below the 60 that a proof may live

/** Signs claims. `now` is the server's clock, in ms: the device's own may be wrong. */
export async function sign(type: ProofType, kid: string | undefined, claims: Record<string, unknown>, key: CryptoKeyPair, now: number): Promise<string> {
  const iat = Math.floor(now / 1000);
  const part = (v: object) => base64url(utf8(JSON.stringify(v)));
  const signed = `${part({ alg: "ES256", typ: `holdfast/${type}`, ...(kid ? { kid } : {}) })}.${part({ ...claims, iat, exp: iat + life })}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.privateKey, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`; // r ‖ s, as RFC 7518 §3.4 wants it
}
