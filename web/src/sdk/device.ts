// This device's key: ES256, made by the browser, which never gives it away
// (WebCrypto, extractable: false), kept in IndexedDB for each customer.
import { base64url } from "./base64url";

export type PublicJWK = { kty: "EC"; crv: "P-256"; x: string; y: string };

export type Device = {
  customer: string; // the bank's own id
  id: string; // dev_…
  name: string;
  key: CryptoKeyPair;
  pin?: PIN;
};

/** What a PIN is checked against: PBKDF2 (NIST SP 800-132). misses in a row, counted before they are compared. */
export type PIN = { salt: Uint8Array<ArrayBuffer>; digest: string; misses: number };

export const makeKey = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);

export async function publicJWK(key: CryptoKeyPair): Promise<PublicJWK> {
  const { x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
  return { kty: "EC", crv: "P-256", x: x!, y: y! };
}

const open = () =>
  new Promise<IDBDatabase>((resolve, reject) => {
    const r = indexedDB.open("holdfast", 1);
    r.onupgradeneeded = () => r.result.createObjectStore("devices", { keyPath: "customer" });
    r.onsuccess = () => resolve(r.result);
    r.onerror = () => reject(r.error);
  });

async function store<T>(mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const t = db.transaction("devices", mode);
      const r = act(t.objectStore("devices"));
      t.oncomplete = () => resolve(r.result);
      t.onerror = t.onabort = () => reject(t.error);
    });
  } finally {
    db.close();
  }
}

/** The device that this browser is for a customer; undefined when it is none, or the key was lost. */
export const loadDevice = (customer: string): Promise<Device | undefined> => store("readonly", (s) => s.get(customer) as IDBRequest<Device | undefined>);

export const saveDevice = (d: Device): Promise<unknown> => store("readwrite", (s) => s.put(d));

export const forgetDevice = (customer: string): Promise<unknown> => store("readwrite", (s) => s.delete(customer));

const rounds = 600_000; // OWASP's figure for PBKDF2-HMAC-SHA-256
const maxMisses = 5;

async function derive(pin: string, salt: Uint8Array<ArrayBuffer>): Promise<string> {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  return base64url(new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, secret, 256)));
}

export async function makePIN(pin: string): Promise<PIN> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt, digest: await derive(pin, salt), misses: 0 };
}

export type PINResult = { ok: true } | { ok: false; left: number };

/**
 * Checks the PIN of this device. Each try is on record before it is compared;
 * after five misses in a row the key is forgotten, and the device has to be
 * enrolled anew.
 */
export async function checkPIN(d: Device, pin: string): Promise<PINResult> {
  const known = (await loadDevice(d.customer))?.pin;
  if (!known) return { ok: false, left: 0 };
  await saveDevice({ ...d, pin: { ...known, misses: known.misses + 1 } });
  if ((await derive(pin, known.salt)) === known.digest) {
    await saveDevice({ ...d, pin: { ...known, misses: 0 } });
    return { ok: true };
  }
  const left = maxMisses - known.misses - 1;
  if (left <= 0) await forgetDevice(d.customer);
  return { ok: false, left: Math.max(0, left) };
}
