// Holds what the pages write of money and time to the values that are right, in both
// languages: every currency's digits are those of ISO 4217's list, whatever Intl of
// this machine or of a browser believes. Go holds its own texts to the same list.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "vite";

process.env.TZ = "UTC";
Object.defineProperty(globalThis, "navigator", { value: { languages: ["de-DE", "en-GB", "zh-TW", "zh-CN"] }, configurable: true });
const vite = await createServer({ configFile: false, logLevel: "silent", appType: "custom", server: { middlewareMode: true, hmr: false, ws: false } });
const { money, time, dateTime, exactTime, left, manner } = await vite.ssrLoadModule("/src/base/format.ts");

const list = JSON.parse(readFileSync(new URL("../currencies/iso4217.json", import.meta.url), "utf8"));
for (const [currency, digits] of Object.entries({ ...list.digits, HRK: 2, CNH: 2 })) {
  for (const locale of ["en", "zh-Hans"]) {
    for (const minor of [1, 1234567, 2 ** 53]) {
      const said = money({ minor, currency }, locale).replace(/[^0-9.]/g, "").replace(/^\.+|\.$/g, "");
      const [whole, fraction = ""] = said.split(".");
      assert.equal(fraction.length, digits, `${currency} in ${locale}: ${said}`);
      assert.equal(BigInt(whole + fraction), BigInt(minor), `${currency} in ${locale}: ${said}`);
    }
  }
}
assert.equal(money({ minor: 1250000, currency: "RSD" }, "en"), "RSD\u00a012,500.00");

const hour = 3_600_000, cases = { "0:00": -1, "4:09": 249_000, "1 h 00 min": hour, "47 h 59 min": 48 * hour - 60_000, "2 days": 48 * hour, "2 days 23 h": 72 * hour - 60_000, "3 days": 72 * hour };
for (const [want, ms] of Object.entries(cases)) assert.equal(left(ms, "en"), want);
assert.equal(left(72 * hour - 60_000, "zh-Hans"), "2 天 23 小时");

assert.equal(left(72 * hour - 60_000, "de"), "2 Tage 23 Std.");
assert.equal(left(48 * hour, "de"), "2 Tage");
assert.equal(left(hour, "de"), "1 Std.");

assert.deepEqual(["de-AT", "en", "zh-Hans"].map((l) => manner(l)), ["de-DE", "en-GB", "zh-CN"]);
assert.equal(manner("en", ["de"]), "en");
const at = "2026-03-01T15:04:05Z";
assert.equal(time(at, "en"), "15:04");
assert.equal(dateTime(at, "en"), "1 Mar 2026, 15:04");
assert.equal(exactTime(at, "en"), "1 Mar 2026, 15:04:05");
await vite.close();
