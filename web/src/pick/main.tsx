import "../base/base.css";
import "./pick.css";
import { createRoot } from "react-dom/client";
import { keepFocus } from "../base/focus";
import { LocaleProvider, browserLocale } from "../base/locale";
import { Pick } from "./Pick";

keepFocus();
createRoot(document.getElementById("root")!).render(
  <LocaleProvider locale={browserLocale()}>
    <Pick />
  </LocaleProvider>,
);
