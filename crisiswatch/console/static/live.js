"use strict";
// Loads the page again when the daemon says that an incident changed, and puts the new parts in place of the old.
// Nothing moves under a pointer or a keyboard focus: then a button offers the news instead.
(() => {
  const live = document.getElementById("live");
  const pause = document.getElementById("pause");
  const show = document.getElementById("show");
  let stream = null;
  let waiting = 0;
  let isPaused = false;
  let isLoading = false;
  let isAskedAgain = false;

  const say = (text) => { if (live.textContent !== text) live.textContent = text; };
  const isBusy = () => {
    const main = document.getElementById("main");
    const isReading = document.activeElement !== main && main.contains(document.activeElement);
    return isReading || main.querySelector("a:hover, summary:hover, .scroll:hover") !== null;
  };

  function swap(fresh) {
    const open = [...document.querySelectorAll("details[open][id]")].map((one) => one.id);
    for (const part of fresh.querySelectorAll("[data-swap]")) {
      document.getElementById(part.id)?.replaceWith(document.adoptNode(part));
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.title = fresh.title;
    const icon = fresh.getElementById("icon").getAttribute("href");
    if (document.getElementById("icon").getAttribute("href") !== icon) document.getElementById("icon").href = icon;
  }

  async function load() {
    if (isLoading) { isAskedAgain = true; return; }
    isLoading = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) {
        swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
        waiting = 0;
        show.hidden = true;
      }
    } catch { say("Connection lost"); } finally { isLoading = false; }
    if (isAskedAgain) { isAskedAgain = false; load(); }
  }

  function changed(event) {
    const news = JSON.parse(event.data);
    waiting += 1;
    if (isPaused || isBusy()) {
      show.textContent = waiting === 1 ? "1 change, show" : `${waiting} changes, show`;
      show.hidden = false;
    } else {
      load();
    }
    say(`${news.incident} ${news.change.replaceAll("_", " ")}`);
  }

  function connect() {
    if (stream || document.hidden || isPaused) return;
    let isFirst = true;
    stream = new EventSource("/events");
    stream.addEventListener("connected", () => {
      say("Live");
      if (!isFirst) load();
      isFirst = false;
    });
    stream.addEventListener("incident", changed);
    stream.addEventListener("error", () => say("Connection lost, trying again"));
  }

  function disconnect() {
    stream?.close();
    stream = null;
  }

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    if (isPaused) { disconnect(); say("Paused"); } else { connect(); load(); }
  });
  show.addEventListener("click", () => { load(); document.getElementById("main").focus(); });
  // Browsers allow few connections to one host: hidden tabs give theirs back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { disconnect(); } else if (!isPaused) { connect(); load(); }
  });
  // Times and the health of sources change without an incident.
  setInterval(() => { if (!document.hidden && !isPaused && !isBusy()) load(); }, 60000);
  pause.hidden = false;
  connect();
})();
