/* The page of `konspekt score --html`: filters, search, the way from error to error, and the sound at a click.
   Without it everything is there to read. It takes nothing from the page but data- attributes and text. */
(function () {
  "use strict";

  const root = document.documentElement;
  const tools = document.getElementById("tools");
  const rows = Array.from(document.querySelectorAll(".row"));
  const errors = Array.from(document.querySelectorAll(".row .e"));
  root.classList.add("js");
  tools.hidden = false;

  // ------------------------------------------------------------------------------------------- what is in sight

  const boxes = tools.elements;
  const checked = (name) => boxes[name] !== undefined && boxes[name].checked;
  const shown = () => ["s", "d", "i"].filter(checked);
  const plain = (text) => text.toLowerCase().replace(/ё/g, "е");
  let texts = null;  // of the rows, in lower case, once they are asked for

  function wanted(row, kinds) {
    const has = row.dataset.e;
    if (checked("terms") && !has.includes("t")) return false;
    return !checked("errors") || kinds.some((kind) => has.includes(kind));
  }

  function sift() {
    const kinds = shown();
    const word = plain(boxes.word.value.trim());
    for (const kind of ["s", "d", "i"]) root.classList.toggle("no-" + kind, !kinds.includes(kind));
    if (word && !texts) {
      const words = (cell) => Array.from(cell.childNodes, (node) => (node.className === "who" ? "" : node.textContent));
      texts = rows.map((row) => plain(Array.from(row.querySelectorAll("p"), (cell) => words(cell).join("")).join(" ")));
    }
    let found = 0;
    rows.forEach((row, index) => {
      const holds = !word || texts[index].includes(word);
      row.hidden = !holds || !wanted(row, kinds);
      if (word && !row.hidden) found += 1;
    });
    const output = document.getElementById("found");
    output.textContent = word ? output.dataset.words + ": " + found : "";
    mark(word);
    tell();
  }

  function mark(word) {  // the word itself, where the browser can
    if (!window.Highlight || !CSS.highlights) return;
    CSS.highlights.delete("word");
    if (!word) return;
    const ranges = [];
    for (const row of rows) {
      if (row.hidden) continue;
      const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
      while (walker.nextNode() && ranges.length < 2000) {
        const text = plain(walker.currentNode.data);
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = document.createRange();
          if (at + word.length > walker.currentNode.length) break;
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + word.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("word", new Highlight(...ranges));
  }

  let waiting = 0;
  tools.addEventListener("change", sift);
  boxes.word.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(sift, 150); });
  tools.addEventListener("submit", (event) => { event.preventDefault(); sift(); step(1); });

  // What a link leads to is shown, whatever is sifted out.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) {
      target.hidden = false;
      target.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", reveal);

  // ------------------------------------------------------------------------------------- from error to error

  let here = null;

  function visible(error) {
    const kinds = shown();
    if (checked("terms") && !error.classList.contains("t")) return false;
    return !error.closest(".row").hidden && kinds.some((kind) => error.classList.contains(kind));
  }

  function tell() {
    const all = errors.filter(visible);
    const place = all.indexOf(here) + 1;
    document.getElementById("place").textContent = (place || "–") + " / " + all.length;
  }

  function step(by) {
    const all = errors.filter(visible);
    if (!all.length) return;
    let next = all.indexOf(here) + by;
    if (!all.includes(here)) {  // begin with what is on the screen
      const row = rows.findIndex((one) => !one.hidden && one.getBoundingClientRect().bottom > tools.offsetHeight);
      const below = all.findIndex((error) => rows.indexOf(error.closest(".row")) >= row);
      next = below < 0 ? 0 : by > 0 ? below : below - 1;
    }
    if (here) here.classList.remove("here");
    here = all[(next + all.length) % all.length];
    here.classList.add("here");
    here.tabIndex = -1;
    here.focus({ preventScroll: true });
    here.scrollIntoView({ block: "center" });
    tell();
  }

  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, audio");
    if (typing) return;
    // By the place of the key, so that a Russian layout needs no switching.
    if (event.code === "KeyN") step(1);
    else if (event.code === "KeyP") step(-1);
    else if (event.key === "Enter" && event.target.matches(".e")) sound(event.target);
    else return;
    event.preventDefault();
  });

  // ------------------------------------------------------------------------------------------------- the sound

  function sound(at) {
    const row = at.closest("[data-t]");
    const lecture = at.closest(".lecture");
    const audio = lecture && lecture.querySelector("audio");
    if (!row || !audio) return false;
    const second = Number(row.dataset.t);
    const seek = () => { audio.currentTime = second; };
    document.querySelectorAll("audio").forEach((other) => { if (other !== audio) other.pause(); });
    if (audio.readyState) seek();
    else audio.addEventListener("loadedmetadata", seek, { once: true });
    const started = audio.play();
    if (started) started.catch(() => {});  // it is not there: `missing` asks for the file
    return true;
  }

  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const row = event.target.closest(".row");
    if (!row || String(window.getSelection())) return;  // who selects words wants to copy them
    sound(event.target);
  });

  for (const audio of document.querySelectorAll(".player audio")) {
    const player = audio.closest(".player");
    const lecture = player.closest(".lecture");
    const choose = player.querySelector(".choose");
    const timed = Array.from(lecture.querySelectorAll(".row[data-t]"));
    const missing = () => { choose.hidden = false; lecture.classList.remove("plays"); };
    player.querySelector(".hint").hidden = !timed.length;
    lecture.classList.add("plays");
    audio.addEventListener("error", missing);
    if (audio.error) missing();
    audio.addEventListener("loadedmetadata", () => { choose.hidden = true; lecture.classList.add("plays"); });
    choose.querySelector("input").addEventListener("change", (event) => {
      const file = event.target.files[0];
      if (!file) return;
      if (audio.src.startsWith("blob:")) URL.revokeObjectURL(audio.src);
      audio.src = URL.createObjectURL(file);
    });
    let now = null;
    audio.addEventListener("timeupdate", () => {
      const begun = timed.filter((row) => Number(row.dataset.t) <= audio.currentTime + 0.05);
      const row = begun[begun.length - 1] || null;
      if (row === now) return;
      if (now) now.removeAttribute("aria-current");
      if (row) row.setAttribute("aria-current", "true");
      now = row;
    });
  }

  reveal();
  sift();
})();
