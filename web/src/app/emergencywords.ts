// What the app says of stopping everything.
import { counted, said, section } from "../base/texts";

export const emergencyWords = section("emergency.", {
  since: said("at"),
  over: said("at"),
  didHeld: counted,
  didApprovals: counted,
  didQuestions: counted,
  didSessions: counted,
  didDevices: counted,
  didLoosenings: counted,
});
