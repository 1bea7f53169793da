// What a bank's own app would do before Holdfast's pages run: say who is signed
// in, and fetch customer tokens for them. Here a picker stands for the sign-in.
(() => {
  const asked = new URLSearchParams(location.search).get("customer");
  if (asked) sessionStorage.setItem("customer", asked);
  const customer = asked || sessionStorage.getItem("customer");
  const signIn = () => location.replace("/pick?return=" + encodeURIComponent(location.pathname));
  if (!customer) {
    signIn();
    return;
  }
  window.bank = {
    name: "Nordbank",
    customer,
    signIn,
    async token() {
      const reply = await fetch("/dev/sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ customer }) });
      if (!reply.ok) throw new Error("no session: " + reply.status);
      return (await reply.json()).token;
    },
  };
})();
