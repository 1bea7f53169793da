import "../base/base.css";
import "./pick.css";
import { createRoot } from "react-dom/client";
import { LocaleProvider, browserLocale } from "../base/locale";
import { Pick } from "./Pick";

createRoot(document.getElementById("root")!).render(
  <LocaleProvider locale={browserLocale()}>
    <Pick />
  </LocaleProvider>,
);
