// Everything a page of the console does in the browser: stay live, send forms in place, load more, and write times.
"use strict";

const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium", hourCycle: "h23" });

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  polish(holder.content);
  return holder.content;
}

// Times arrive in UTC and are shown in the reader's zone; those of another day with their date.
function polish(root) {
  for (const one of root.querySelectorAll("time[datetime]")) {
    const at = new Date(one.dateTime);
    one.textContent = (at.toDateString() === new Date().toDateString() ? clock : day).format(at);
  }
}

const doers = {
  replace: (found, html) => found.replaceWith(parsed(html)),
  remove: (found) => found.remove(),
  fill: (found, html) => found.replaceChildren(parsed(html)),
  first: (found, html) => found.prepend(parsed(html)),
  after: (found, html) => found.after(parsed(html)),
  // Riders move without the map being drawn anew.
  move: (found, place) => {
    found.style.transform = `translate(${place.split(" ").join("px, ")}px)`;
    found.removeAttribute("visibility");
  },
};

function change({ do: what, id, html }) {
  const found = document.getElementById(id);
  if (!found) return;
  if (what === "move") return doers.move(found, html);
  const focused = document.activeElement && found.contains(document.activeElement) && document.activeElement;
  const label = focused && [focused.id, focused.getAttribute("href"), focused.name].find(Boolean);
  const typed = [...found.querySelectorAll("input")].filter((one) => one.name && one.value !== one.defaultValue);
  doers[what](found, html);
  for (const one of what === "replace" ? typed : []) {
    const same = document.getElementById(id)?.querySelector(`input[name="${one.name}"]`);
    if (same) same.value = one.value;
  }
  if (what === "first" || what === "after") {
    const list = what === "first" ? id : found.parentElement?.id;
    document.dispatchEvent(new CustomEvent("console:arrived", { detail: list }));
  }
  if (label && what !== "remove") {
    const again = document.getElementById(id)?.querySelectorAll("a,button,input,select") ?? [];
    [...again].find((one) => [one.id, one.getAttribute("href"), one.name].includes(label))?.focus();
  }
  document.dispatchEvent(new CustomEvent("console:changed", { detail: id }));
}

// One stream a page, and none while it is not seen: a browser has few connections to one host.
let source = null;
function connect() {
  const url = document.body.dataset.stream;
  if (!url || source || document.hidden) return;
  source = new EventSource(url);
  source.onopen = () => live(true);
  source.addEventListener("change", (event) => change(JSON.parse(event.data)));
  source.addEventListener("logged-out", logIn);
  source.onerror = () => {
    live(false);
    if (source && source.readyState === EventSource.CLOSED) {
      source = null;
      ask(url);
    }
  };
}

function live(on) {
  const sign = document.getElementById("live");
  if (!sign || sign.classList.contains(on ? "on" : "off")) return;
  sign.className = `live ${on ? "on" : "off"}`;
  sign.textContent = sign.dataset[on ? "on" : "off"];
}

// An EventSource does not say why it was refused: without a log-in the page goes there, else it tries again.
async function ask(url) {
  const asking = new AbortController();
  try {
    const answer = await fetch(url, { headers: { "X-Console": "1", Accept: "text/event-stream" }, signal: asking.signal });
    if (answer.status === 401) return logIn();
  } catch { /* nothing answers yet */ } finally { asking.abort(); }
  setTimeout(connect, 1000);
}

function logIn() {
  location.assign(`/console/log-in?expired=1&next=${encodeURIComponent(location.pathname + location.search)}`);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  }
  connect();
});

// Forms that stay on their page: the answer is a notice.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-send]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.dataset.sure && !confirm(button.dataset.sure)) return;
  const fields = new URLSearchParams(new FormData(form, button));
  form.inert = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "X-Console": "1" } });
    const said = await answer.json();
    if (said.location) return location.assign(said.location);
    notice(said.notice ?? said.detail ?? String(answer.status));
    if (answer.ok && form.dataset.send !== "keep") form.reset();
  } catch (error) {
    notice(String(error));
  } finally {
    form.inert = false;
  }
});

function notice(html) {
  document.getElementById("notice").replaceChildren(parsed(html));
}

for (const form of document.querySelectorAll("form[data-auto]")) form.addEventListener("change", () => form.submit());

// Parts of a page that are offered only while the API would allow them.
function offer() {
  const may = document.getElementById("order-may")?.dataset.may.split(" ");
  if (may) for (const one of document.querySelectorAll("[data-needs]")) one.hidden = !may.includes(one.dataset.needs);
}
document.addEventListener("console:changed", offer);

// The next rows, as soon as the end of the list is near.
const more = document.getElementById("more");
async function loadMore() {
  more.disabled = true;
  const answer = await fetch(`${more.dataset.more}&cursor=${encodeURIComponent(more.dataset.cursor)}`, { headers: { "X-Console": "1" } });
  if (answer.ok) {
    const { html, cursor } = await answer.json();
    const rows = document.createElement("tbody");
    rows.append(parsed(html));
    document.getElementById("orders").closest("table").append(rows);
    more.dataset.cursor = cursor ?? "";
    more.hidden = !cursor;
  }
  more.disabled = false;
}
if (more) {
  more.addEventListener("click", loadMore);
  new IntersectionObserver(([seen]) => seen.isIntersecting && !more.disabled && !more.hidden && loadMore(), { rootMargin: "600px" }).observe(more);
}

// A sound for each new order, once it was switched on: browsers allow none before.
let audio = null;
document.addEventListener("click", (event) => {
  if (event.target.id !== "sound") return;
  audio = audio ? (audio.close(), null) : new AudioContext();
  showSound();
  if (audio) ring();
});

function showSound() {
  document.getElementById("sound")?.setAttribute("aria-pressed", String(audio !== null));
}

function ring() {
  for (const [start, pitch] of [[0, 880], [0.18, 1175]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.25, audio.currentTime + start);
    level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.4);
    tone.connect(level).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.4);
  }
}
document.addEventListener("console:arrived", (event) => {
  if (audio && event.detail === document.body.dataset.ring) ring();
});
document.addEventListener("console:changed", showSound);

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    document.querySelector(".search input")?.focus();
  }
});

polish(document);
offer();
live(false);
connect();
