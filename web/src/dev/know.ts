// Makes this browser a phone that the bank has known for long: a key of its own,
// registered as the bank registers one, and a PIN that everybody here knows. It
// stands for an enrolment years ago.
import { loadDevice, makeKey, makePIN, publicJWK, saveDevice } from "../sdk";
import { dev } from "./dev";

/** The PIN of every phone of the sandbox that the bank knows. */
export const sandboxPIN = "1234";

export async function know(customer: string): Promise<void> {
  const old = await loadDevice(customer);
  const register = async (name: string, key: CryptoKeyPair) => (await dev<{ device_id: string }>(`customers/${encodeURIComponent(customer)}/devices`, { name, public_key: await publicJWK(key) })).device_id;
  // A stack that began anew has forgotten the key, and one that was removed never comes back.
  const id = old && (await register(old.name, old.key));
  const pin = await makePIN(sandboxPIN);
  if (id) {
    await saveDevice({ ...old, id, pin });
    return;
  }
  const key = await makeKey(), name = `Browser ${crypto.randomUUID().slice(0, 8)}`;
  await saveDevice({ customer, id: await register(name, key), name, key, pin });
}
