(() => {
  // The flows of a stage become elements when it is unfolded, some at a time.
  const data = JSON.parse(document.getElementById("data").content.textContent);
  const find = document.getElementById("find"), found = document.getElementById("found");
  const boxes = [...document.querySelectorAll("input[name=state]")];
  const stages = [...document.querySelectorAll(".stage")];
  const portion = 200;
  let words = [], states = new Set();

  const element = (name, cls, text) => {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const names = (flow) => flow.d.map((i) => data.names[i]).join(" ");
  const source = (flow) => flow.l === undefined ? "" : data.names[flow.l];
  const textOf = (stage, flow) =>
    (stage.firstElementChild.textContent + " " + [flow.s, flow.p, flow.m, flow.a, flow.u, names(flow), source(flow), flow.h || "", flow.b || ""].join(" ")).toLowerCase();
  const draw = (flow) => {
    const box = element("div", "flow " + flow.s), line = element("p"), more = element("p", "quiet");
    line.append(element("b", "", flow.s), (flow.n ? " " + flow.n + " ×" : "") + " priority " + flow.p + ": ", element("code", "", flow.m), " → ", element("code", "", flow.a));
    more.append(element("code", "", flow.u), " " + [names(flow), source(flow), flow.h ? "northbound row " + flow.h : ""].filter(Boolean).join(" "));
    if (flow.b) more.append(" shadowed by ", element("code", "", flow.b));
    box.append(line, more);
    return box;
  };
  const hits = (stage) => {
    const all = data.flows.slice(+stage.dataset.from, +stage.dataset.to).filter((f) => states.has(f.s));
    return words.length ? all.filter((f) => { const t = textOf(stage, f); return words.every((w) => t.includes(w)); }) : all;
  };
  const fill = (stage) => {
    const list = hits(stage), home = stage.querySelector(".flows");
    let at = 0;
    home.replaceChildren();
    const next = () => {
      for (const flow of list.slice(at, at + portion)) home.append(draw(flow));
      at += portion;
      if (at >= list.length) return;
      const more = element("button", "more", (list.length - at) + " more");
      more.type = "button";
      more.addEventListener("click", () => { more.remove(); next(); });
      home.append(more);
    };
    next();
  };
  const apply = () => {
    words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    states = new Set(boxes.filter((b) => b.checked).map((b) => b.value));
    const narrowed = words.length > 0 || states.size < boxes.length;
    let total = 0;
    for (const stage of stages) {
      const n = narrowed ? hits(stage).length : 1;
      total += n;
      stage.hidden = n === 0;
      if (stage.open && n > 0) fill(stage);
      else stage.querySelector(".flows").replaceChildren();
    }
    found.textContent = narrowed ? total + (total === 1 ? " flow" : " flows") : "";
  };
  stages.forEach((stage) => stage.addEventListener("toggle", () => { if (stage.open) fill(stage); else stage.querySelector(".flows").replaceChildren(); }));
  let waiting = 0;
  find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  boxes.forEach((b) => b.addEventListener("change", apply));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
    event.preventDefault();
    find.focus();
  });
  apply();
})();
