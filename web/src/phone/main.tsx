import "../base/base.css";
import "./phone.css";
import { createRoot } from "react-dom/client";
import { keepFocus } from "../base/focus";
import { LocaleProvider, browserLocale } from "../base/locale";
import { Phones } from "./Phones";

keepFocus();
createRoot(document.getElementById("root")!).render(
  <LocaleProvider locale={browserLocale()}>
    <Phones />
  </LocaleProvider>,
);
