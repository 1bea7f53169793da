import "../base/base.css";
import "./console.css";
import { createRoot } from "react-dom/client";
import { keepFocus } from "../base/focus";
import { LocaleProvider } from "../base/locale";
import { Frame } from "./frame";
import { useSettings } from "./settings";

function Console() {
  const { locale } = useSettings(); // the agent's, never the customer's
  return (
    <LocaleProvider locale={locale}>
      <Frame />
    </LocaleProvider>
  );
}

keepFocus();
createRoot(document.getElementById("root")!).render(<Console />);
