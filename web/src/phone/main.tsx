import "../base/base.css";
import "./phone.css";
import { createRoot } from "react-dom/client";
import { LocaleProvider, browserLocale } from "../base/locale";
import { Phones } from "./Phones";

createRoot(document.getElementById("root")!).render(
  <LocaleProvider locale={browserLocale()}>
    <Phones />
  </LocaleProvider>,
);
