/* The player of a lecture's page: a click on a time or a sentence plays from there, the sentence being said is marked.
   Without it the same times are links into the sound file (…mp3#t=755), and the players stand there as they are. */
(function () {
  "use strict";

  const players = Array.from(document.querySelectorAll(".player audio"));
  if (!players.length) return;
  document.body.classList.add("has-player");

  const said = Array.from(document.querySelectorAll(".said"));
  const begins = said.map((sentence) => Number(sentence.dataset.at));
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let playing = players[0];
  let current = -1;

  const startOf = (player) => Number(player.dataset.start);

  function show(player) {
    players.forEach((other) => {
      if (other !== player) other.pause();
      other.closest("figure").hidden = other !== player;
    });
    playing = player;
  }

  function play(second) {
    const begun = players.filter((player) => startOf(player) <= second);
    const player = begun.length ? begun[begun.length - 1] : players[0];
    const offset = Math.max(0, second - startOf(player));
    const seek = () => { player.currentTime = offset; };
    show(player);
    if (player.readyState) seek();
    else player.addEventListener("loadedmetadata", seek, { once: true });
    const started = player.play();
    if (started) started.catch(() => {});  // the file is not there, or the browser wants a click on the player first
  }

  function lastBegun(second) {  // the last sentence that has begun, by bisection
    let low = 0;
    let high = begins.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (begins[middle] <= second) low = middle + 1; else high = middle;
    }
    return low - 1;
  }

  function follow() {
    const now = lastBegun(startOf(playing) + playing.currentTime + 0.05);
    if (now === current) return;
    if (said[current]) said[current].removeAttribute("aria-current");
    current = now;
    const sentence = said[now];
    if (!sentence) return;
    sentence.setAttribute("aria-current", "true");
    // Move the page only for who is reading along: not while somebody reads elsewhere or is at a link in the text.
    const box = sentence.getBoundingClientRect();
    const near = box.bottom > -200 && box.top < window.innerHeight + 200;
    const busy = document.activeElement && document.activeElement.closest("article a");
    if (near && !busy && !playing.paused) {
      sentence.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    }
  }

  players.forEach((player, index) => {
    ["timeupdate", "seeked"].forEach((event) => {
      player.addEventListener(event, () => { if (player === playing) follow(); });
    });
    player.addEventListener("play", () => { if (player !== playing) show(player); });
    player.addEventListener("ended", () => {
      const next = players[index + 1];
      if (next) play(startOf(next));
    });
  });
  show(playing);

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (link && link.matches("a.at[data-at]")) {
      event.preventDefault();
      play(Number(link.dataset.at));
      return;
    }
    if (link) {  // a statement's time: the browser goes to its sentence, the player to its second
      const hash = link.getAttribute("href") || "";
      const target = hash.startsWith("#t-") && document.getElementById(hash.slice(1));
      if (target) play(Number(target.dataset.at));
      return;
    }
    const sentence = event.target.closest(".said");
    if (sentence && String(window.getSelection()) === "") play(Number(sentence.dataset.at));
  });

  const arrived = location.hash.startsWith("#t-") && document.getElementById(location.hash.slice(1));
  if (arrived && arrived.dataset.at) {  // ready at that second; browsers play only after a click
    const second = Number(arrived.dataset.at);
    const begun = players.filter((player) => startOf(player) <= second);
    show(begun.length ? begun[begun.length - 1] : players[0]);
    playing.addEventListener("loadedmetadata", () => {
      if (!playing.currentTime) playing.currentTime = Math.max(0, second - startOf(playing));
    }, { once: true });
  }
})();
