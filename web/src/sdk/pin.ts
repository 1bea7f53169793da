// A PIN that only this browser knows: it tells that whoever approves is the one
// who enrolled the device (uv: pin).
import { base64url } from "./base64url";
import { forgetDevice, loadDevice, saveDevice, type Device, type PIN } from "./device";

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
