"use strict";
// What the page is without this: every finding (on the overview, every image) and every text, to be opened one by one. This filters and walks.
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;

  // The theme, kept in memory only: a page opened from a disk shares its storage with every other one.
  const theme = byId("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const named = () => { theme.textContent = dark() ? "Light theme" : "Dark theme"; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; named(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", named);
  theme.hidden = false;
  named();

  // Paper opens nothing: what is shown is printed open, and closed again.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")].filter((node) => !node.closest("[hidden]"));
    for (const node of closed) { node.open = true; }
  });
  addEventListener("afterprint", () => { for (const node of closed) { node.open = false; } });

  const openRule = () => {
    const at = byId(location.hash.slice(1));
    if (at && at.matches("details.rule")) { at.open = true; at.firstElementChild.focus(); }
    return at;
  };

  const form = byId("filters");
  if (!form) { return; }
  const search = byId("search"), count = byId("count"), all = byId("all"), reset = byId("reset");
  const suppressed = byId("suppressed"), keys = byId("keys");
  const severities = [...form.querySelectorAll("[name=severity]")];
  const facets = [...form.querySelectorAll("select")];
  const items = [...document.querySelectorAll("#list > li")].map((node) => ({
    node,
    details: node.firstElementChild,
    summary: node.querySelector("summary"),
    severity: node.dataset.s,
    values: node.dataset.k.split(" "),
    suppressed: "q" in node.dataset,
    shown: true,
  }));
  const shown = () => items.filter((item) => item.shown);
  // Read when somebody searches, and once: it is the whole text of the page.
  const textOf = (item) => item.text ??= item.node.textContent.toLowerCase();

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    const chosen = facets.map((facet) => facet.value);
    let number = 0;
    for (const item of items) {
      item.shown = (!item.suppressed || suppressed.checked) && wanted.has(item.severity)
        && chosen.every((value, at) => value === "" || value === item.values[at])
        && words.every((word) => textOf(item).includes(word));
      item.node.hidden = !item.shown;
      number += item.shown;
    }
    count.textContent = `${number} of ${items.length} ${form.dataset.what || "findings"} shown`;
    all.textContent = shown().some((item) => !item.details.open) || !number ? "Open all" : "Close all";
  };
  let asked = 0;
  const soon = () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(filter); };
  const resetAll = () => { form.reset(); filter(); };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  reset.addEventListener("click", resetAll);
  all.addEventListener("click", () => {
    const open = all.textContent === "Open all";
    for (const item of shown()) { item.details.open = open; }
    all.textContent = open ? "Close all" : "Open all";
  });

  // From an arc's or a rule's link to what it names, though a filter may hide it.
  const follow = () => {
    const at = openRule();
    const item = at && items.find((one) => one.node === at);
    if (!item) { return; }
    if (!item.shown) {
      if (suppressed) { suppressed.checked = item.suppressed; }
      for (const box of severities) { box.checked = true; }
      for (const facet of facets) { facet.value = ""; }
      search.value = "";
      filter();
    }
    item.details.open = true;
    item.summary.focus();
    item.node.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);
  // The same link a second time changes no hash.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) { follow(); }
  });

  const move = (step) => {
    const list = shown();
    const here = list.findIndex((item) => item.node.contains(document.activeElement));
    const next = here < 0 ? (step > 0 ? 0 : list.length - 1) : here + step;
    if (list[next]) {
      list[next].summary.focus({ preventScroll: true });
      list[next].node.scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    const on = event.target;
    if (on === search && event.key === "Escape") { search.value = ""; filter(); return; }
    const arrows = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (arrows && on.matches("#list summary")) { event.preventDefault(); move(arrows); return; }
    if (!keys.checked || on.matches("input[type=search], select")) { return; }
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
  });

  for (const node of [form, all, reset]) { node.hidden = false; }
  filter();
  follow();
})();
