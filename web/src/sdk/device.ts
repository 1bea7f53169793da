// This device's key: ES256, made by the browser, which never gives it away
// (WebCrypto, extractable: false), kept in IndexedDB for each customer.
export type PublicJWK = { kty: "EC"; crv: "P-256"; x: string; y: string };

/** What a PIN is checked against: PBKDF2 (NIST SP 800-132). misses in a row, counted before they are compared. */
export type PIN = { salt: Uint8Array<ArrayBuffer>; digest: string; misses: number };

export type Device = {
  customer: string; // id
  id: string; // dev_…
  name: string;
  key: CryptoKeyPair;
  pin?: PIN;
};

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

/** Every customer's device that this browser is. */
export const allDevices = (): Promise<Device[]> => store("readonly", (s) => s.getAll() as IDBRequest<Device[]>);

export const saveDevice = (d: Device): Promise<unknown> => store("readwrite", (s) => s.put(d));

export const forgetDevice = (customer: string): Promise<unknown> => store("readwrite", (s) => s.delete(customer));
