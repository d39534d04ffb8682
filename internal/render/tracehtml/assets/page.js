(() => {
  const walk = document.getElementById("walk");
  const search = document.getElementById("search");
  const found = document.getElementById("found");

  // Rows are the buttons of sections and steps; each toggles the element that it controls.
  const rows = [...walk.querySelectorAll(".row")];
  const body = (row) => document.getElementById(row.getAttribute("aria-controls"));
  const isOpen = (row) => row.getAttribute("aria-expanded") === "true";
  const isStep = (row) => !row.classList.contains("head");
  const setOpen = (row, open) => {
    row.setAttribute("aria-expanded", String(open));
    body(row).hidden = !open;
  };
  const visible = () => rows.filter((row) => row.offsetParent !== null);
  const headOf = (row) => {
    const part = (isStep(row) ? row : row.closest(".part").parentElement).closest(".part");
    return part ? part.querySelector(".row") : null;
  };
  const reveal = (row) => {
    for (let head = headOf(row); head; head = headOf(head)) setOpen(head, true);
  };
  const go = (row) => {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  walk.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) setOpen(row, !isOpen(row));
  });
  walk.addEventListener("keydown", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const list = visible();
    const at = list.indexOf(row);
    switch (event.key) {
      case "ArrowDown": go(list[at + 1]); break;
      case "ArrowUp": go(list[at - 1]); break;
      case "Home": go(list[0]); break;
      case "End": go(list[list.length - 1]); break;
      case "ArrowRight":
        if (!isOpen(row)) setOpen(row, true);
        else if (!isStep(row)) go(list[at + 1]);
        break;
      case "ArrowLeft":
        if (isOpen(row)) setOpen(row, false);
        else go(headOf(row));
        break;
      default: return;
    }
    event.preventDefault();
  });

  document.getElementById("unfold").addEventListener("click", () => rows.forEach((row) => setOpen(row, true)));
  document.getElementById("fold").addEventListener("click", () => rows.forEach((row) => setOpen(row, !isStep(row))));
  document.getElementById("print").addEventListener("click", () => window.print());

  // A link to a step unfolds the step and the sections that contain it.
  const follow = () => {
    const row = rows.find((r) => "#" + r.id === location.hash);
    if (!row) return;
    reveal(row);
    setOpen(row, true);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  follow();

  // Search: the steps whose row, actions or flow contain all words.
  const steps = rows.filter(isStep);
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) {
      const did = body(row).querySelector(".did");
      texts.set(row, (row.textContent + " " + (did ? did.textContent : "")).toLowerCase());
    }
    return texts.get(row);
  };
  let matches = [];
  let current = -1;
  const paint = (words) => {
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.delete("found");
    if (!words.length) return;
    const ranges = [];
    for (const row of matches.slice(0, 500)) {
      const text = document.createTreeWalker(row.parentElement, NodeFilter.SHOW_TEXT);
      while (text.nextNode()) {
        const node = text.currentNode;
        if (node.parentElement.closest(".fields")) continue;
        const low = node.data.toLowerCase();
        for (const word of words) {
          for (let i = low.indexOf(word); i >= 0; i = low.indexOf(word, i + word.length)) {
            const range = document.createRange();
            range.setStart(node, i);
            range.setEnd(node, i + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };
  const show = () => {
    steps.forEach((row) => row.parentElement.classList.toggle("current", row === matches[current]));
    const words = search.value.trim();
    found.textContent = !words ? "" : !matches.length ? "no step" :
      current < 0 ? matches.length + (matches.length === 1 ? " step" : " steps") : (current + 1) + " of " + matches.length;
  };
  const seek = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    matches = words.length ? steps.filter((row) => words.every((word) => textOf(row).includes(word))) : [];
    current = -1;
    const set = new Set(matches);
    steps.forEach((row) => row.parentElement.classList.toggle("found", set.has(row)));
    walk.classList.toggle("searching", words.length > 0);
    matches.forEach(reveal);
    paint(words);
    show();
  };
  const next = (by) => {
    if (!matches.length) return;
    current = current < 0 ? (by > 0 ? 0 : matches.length - 1) : (current + by + matches.length) % matches.length;
    show();
    matches[current].scrollIntoView({ block: "center" });
  };
  search.addEventListener("input", seek);
  search.addEventListener("keydown", (event) => {
    switch (event.key) {
      case "Enter": next(event.shiftKey ? -1 : 1); break;
      case "ArrowDown": go(matches[Math.max(current, 0)] || visible()[0]); break;
      case "Escape": {
        const at = matches[current];
        search.value = "";
        seek();
        go(at || visible()[0]);
        break;
      }
      default: return;
    }
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
})();
