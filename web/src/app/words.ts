// What the app says: the sentences are in locales/*/app.json, and here which of them
// are functions.
import { counted, parted, said, section } from "../base/texts";

export const words = section("", {
  more: counted,
  send: parted("amount", "payee"),
  pinWrong: counted,
  questionOf: said("n", "all"),
  readFirst: said("s"),
  waits: counted,
  notBefore: said("at"),
  sentTo: said("n"),
  codeDigits: counted,
  codeWrong: counted,
  resendIn: said("t"),
  calling: said("who"),
  rangIn: said("who"),
  callLater: said("t"),
  stop: said("sentence"),
  reach: parted("phone"),
  heldTitle: counted,
  since: said("t"),
  gone: said("t"),
  removeTitle: said("n"),
});
