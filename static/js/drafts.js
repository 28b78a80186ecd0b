// While typing on a sheet: keep drafts on the server every few seconds, and show what a figure is read as.
"use strict";

const form = document.querySelector("form[data-drafts]");
const stateLine = document.getElementById("save-state");
const WAIT = 1500;
const RETRY = 4000;
const typed = new Map();
let timer = 0;
let leaving = false;

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function say(text, isBad) {
  if (!stateLine) return;
  stateLine.textContent = text;
  stateLine.classList.toggle("field__error", Boolean(isBad));
}

function body(fields = typed, version = form.elements.sheet_version.value) {
  const data = new FormData();
  // After signing in again in another tab the cookie has the new token; the page has the old one.
  data.append("csrfmiddlewaretoken", cookie("csrftoken") || form.elements.csrfmiddlewaretoken.value);
  data.append("sheet_version", version);
  for (const [name, value] of fields) data.append(`draft.${name}`, value);
  return data;
}

// --- what the server does not have yet stays in this browser, for this person, until it has ---------------
// IndexedDB, not localStorage: what it has taken is on the disk at once, not some seconds later.
const shelf = form ? `${form.dataset.owner}:${form.dataset.drafts}` : "";
let opened = null;

function shelves() {
  opened ||= new Promise((resolve, reject) => {
    const asked = indexedDB.open("unsent", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("sheets");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function shelve(submitted = false) {
  try {
    const store = (await shelves()).transaction("sheets", "readwrite").objectStore("sheets");
    if (typed.size === 0) store.delete(shelf);
    else store.put({ version: form.elements.sheet_version.value, fields: [...typed], submitted }, shelf);
  } catch {
    // A browser without storage has the server's drafts only.
  }
}

function shown(name) {
  const box = form.elements[name];
  return box ? box.value.replace(/\r\n/g, "\n") : undefined;
}

async function onShelf() {
  const store = (await shelves()).transaction("sheets").objectStore("sheets");
  return new Promise((resolve, reject) => {
    const asked = store.get(shelf);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

// The window broke down before everything had gone out: hand it over now, and let the server put it back as it
// does with every draft, on the version on which it was typed.
async function unshelve() {
  try {
    const left = await onShelf();
    if (!left) return;
    // A save that arrived has raised the version; what reads as the page does is no news either.
    const arrived = left.submitted && left.version !== form.elements.sheet_version.value;
    const fields = arrived ? [] : left.fields.filter(([name, value]) => shown(name) !== value);
    if (fields.length === 0) {
      if (typed.size === 0) await shelve();
      return;
    }
    const answer = await fetch(form.dataset.drafts, {
      method: "POST",
      body: body(fields, left.version),
      redirect: "manual",
    });
    if (answer.status === 403 || answer.type === "opaqueredirect") return;
    if (typed.size > 0) return;
    await shelve();
    if (answer.status === 204) location.reload();
  } catch {
    // No connection yet: it stays where it is for the next time.
  }
}

async function keep() {
  timer = 0;
  if (typed.size === 0 || leaving) return;
  const sent = new Map(typed);
  try {
    const answer = await fetch(form.dataset.drafts, { method: "POST", body: body(), redirect: "manual" });
    if (answer.status === 204) {
      for (const [name, value] of sent) if (typed.get(name) === value) typed.delete(name);
      shelve();
      const now = new Date();
      say(`下書きを保管しました ${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`);
      if (typed.size > 0) plan(WAIT);
      return;
    }
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      say("サインインが切れました。別のタブでサインインし直すと、下書きの保管を続けます。", true);
    } else if (answer.status === 413) {
      say(await answer.text(), true);
      return;
    } else {
      say("下書きを保管できませんでした。もう一度試します。", true);
    }
  } catch {
    say("通信できないため、下書きを保管できません。この画面を閉じずにお待ちください。", true);
  }
  plan(RETRY);
}

function plan(wait) {
  if (!timer) timer = window.setTimeout(keep, wait);
}

if (form) {
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.form !== form || !box.name || box.type === "hidden" || box.type === "checkbox") return;
    typed.set(box.name, box.value);
    shelve();
    plan(WAIT);
  });
  unshelve();
  form.addEventListener("submit", () => {
    leaving = true;
    shelve(true);
  });
  // Back from a page that never came: the save did not arrive, so drafts go on.
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted && typed.size > 0) plan(WAIT);
  });
  // The last words before the window closes still go out.
  window.addEventListener("pagehide", () => {
    if (!leaving && typed.size > 0) navigator.sendBeacon(form.dataset.drafts, body());
  });
}

// --- what the figure is read as -------------------------------------------------------------------------
const preview = document.querySelector("[data-preview]");
let previewTimer = 0;
let latest = 0;

async function showPreview() {
  const shown = document.getElementById("judgement");
  if (!shown) return;
  const query = new URLSearchParams({
    figure: form.ownerDocument.getElementById("id_figure").value,
    status: form.ownerDocument.getElementById("id_status").value,
  });
  const mine = ++latest;
  try {
    const answer = await fetch(`${preview.dataset.preview}?${query}`, { redirect: "manual" });
    if (!answer.ok || mine !== latest) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.getElementById("judgement");
    if (fresh) shown.replaceWith(fresh);
  } catch {
    // Without a connection the preview stays as it was; saving will say so.
  }
}

if (preview && form) {
  preview.addEventListener("input", (event) => {
    if (!["figure", "status"].includes(event.target.name)) return;
    window.clearTimeout(previewTimer);
    previewTimer = window.setTimeout(showPreview, 350);
  });
}
