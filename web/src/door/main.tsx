import "../base/base.css";
import "./door.css";
import { createRoot } from "react-dom/client";
import { keepFocus } from "../base/focus";
import { LocaleProvider, browserLocale } from "../base/locale";
import { Door } from "./Door";

keepFocus();
createRoot(document.getElementById("root")!).render(
  <LocaleProvider locale={browserLocale()}>
    <Door />
  </LocaleProvider>,
);
