// What the app says of somebody whom the customer trusts.
import { said, section } from "../base/texts";

export const trust = section("trust.", { askedBy: said("who"), from: said("at"), removeTitle: said("n"), leaves: said("at") });
