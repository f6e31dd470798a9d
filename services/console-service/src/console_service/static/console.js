// The console in the browser: live updates, forms that are sent without leaving the page, and local times.
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

// Times arrive in UTC and are shown in the user's time zone, with the date unless it is today.
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
  // Riders move without the map being drawn again.
  move: (found, place) => {
    found.style.transform = `translate(${place.split(" ").join("px, ")}px)`;
    found.removeAttribute("visibility");
  },
};

let audio = null;
function change({ do: what, id, html }) {
  const found = document.getElementById(id);
  if (!found) return;
  if (what === "move") return doers.move(found, html);
  const before = fields(found);
  const typed = new Map(before.filter((one) => "defaultValue" in one && one.value !== one.defaultValue).map((one) => [spot(one), one.value]));
  const focused = before.includes(document.activeElement) && spot(document.activeElement);
  const ringing = document.getElementById(document.body.dataset.ring);
  const known = new Set([...(ringing?.children ?? [])].map((one) => one.id));
  doers[what](found, html);
  for (const one of fields(document.getElementById(id))) {
    if (typed.has(spot(one))) one.value = typed.get(spot(one));
    if (spot(one) === focused && one !== document.activeElement) one.focus();
  }
  if (audio && [...(ringing?.children ?? [])].some((one) => !known.has(one.id))) ring();
  document.dispatchEvent(new CustomEvent("console:changed", { detail: id }));
}

function fields(root) {
  return [...(root?.querySelectorAll("a,button,input,select,textarea") ?? [])];
}

// Identifies a field or link before and after a change: by its id, otherwise by the element, form and name around it.
function spot(one) {
  return one.id || [one.closest("[id]").id, one.form?.getAttribute("action"), one.name, one.getAttribute("href")].join(" ");
}

// Changes wait while a pointer or key is held: a link that is replaced between press and release is never clicked.
// They wait ten seconds at most, because a browser may not report the release of a scrollbar.
let held = null;
let limit = 0;
for (const press of ["pointerdown", "keydown"]) addEventListener(press, hold, true);
for (const release of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(release, () => setTimeout(apply), true);

function hold() {
  held ??= [];
  clearTimeout(limit);
  limit = setTimeout(apply, 10_000);
}

function apply() {
  clearTimeout(limit);
  const waiting = held ?? [];
  held = null;
  waiting.forEach(change);
}

function changed(event) {
  const one = JSON.parse(event.data);
  if (held) held.push(one);
  else change(one);
}

// One stream per page, and none while the page is hidden and its sound is off: a browser limits the connections to one host.
let source = null;
let pause = 1;
function connect() {
  const url = document.body.dataset.stream;
  if (!url || source || (document.hidden && !audio)) return;
  source = new EventSource(url);
  source.onopen = () => {
    pause = 1;
    live(true);
  };
  source.addEventListener("change", changed);
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
  if (sign) sign.hidden = !document.body.dataset.stream;
  if (!sign || sign.classList.contains(on ? "on" : "off")) return;
  sign.className = `live ${on ? "on" : "off"}`;
  sign.textContent = sign.dataset[on ? "on" : "off"];
}

// An EventSource does not report why it failed: without a log-in redirect to it, otherwise retry with growing pauses.
async function ask(url) {
  const asking = new AbortController();
  try {
    const answer = await fetch(url, { headers: { "X-Console": "1", Accept: "text/event-stream" }, signal: asking.signal });
    if (answer.status === 401) return logIn();
  } catch { /* no response yet */ } finally { asking.abort(); }
  setTimeout(connect, pause * 1000);
  pause = Math.min(2 * pause, 30);
}

function logIn() {
  location.assign(`/console/log-in?expired=1&next=${encodeURIComponent(location.pathname + location.search)}`);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && source && !audio) {
    source.close();
    source = null;
  }
  connect();
});

// Sends forms without leaving the page, and shows the result as a notice.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-send]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.inert = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Console": "1" } });
    if (answer.status === 401) return logIn();
    const said = await answer.json();
    notice(said.notice ? parsed(said.notice) : plain(said.detail ?? String(answer.status)));
    if (answer.ok && form.dataset.send !== "keep") form.reset();
    for (const [name, value] of Object.entries(said.fields ?? {})) form.elements[name].value = value;
  } catch (error) {
    notice(plain(String(error)));
  } finally {
    form.inert = false;
  }
});

function notice(content) {
  document.getElementById("notice").replaceChildren(content);
}

function plain(text) {
  const content = document.createElement("p");
  content.className = "notice bad";
  content.textContent = text;
  return content;
}

// Reads a file into the field that is sent; without JavaScript users paste its text there.
document.addEventListener("change", async (event) => {
  const { files, dataset } = event.target;
  if (!dataset?.into || !files[0]) return;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await files[0].arrayBuffer());
    document.getElementById(dataset.into).value = text;
  } catch {
    notice(plain(dataset.unreadable));
  }
});

for (const form of document.querySelectorAll("form[data-auto]")) form.addEventListener("change", () => form.submit());

// Shows actions only while the API would allow them.
function offer() {
  const may = document.getElementById("may")?.dataset.may.split(" ");
  if (may) for (const one of document.querySelectorAll("[data-needs]")) one.hidden = !may.includes(one.dataset.needs);
}
document.addEventListener("console:changed", offer);

// Plays a sound for each new order after the user has switched it on; browsers block it before.
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
document.addEventListener("console:changed", showSound);

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    document.querySelector(".search input")?.focus();
  }
});

// The first click on the theme button changes the appearance, also when the system's theme is dark.
const theme = document.querySelector("button[name=theme]");
if (document.documentElement.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches) theme.value = "light";

polish(document);
offer();
live(false);
connect();
