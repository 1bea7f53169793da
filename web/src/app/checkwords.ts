// What the page says by which a customer asks about an account.
import { said, section } from "../base/texts";

export const checkWords = section("check.", { sentence: said("text") });
