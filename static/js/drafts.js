// While typing on a sheet: keep drafts on the server every few seconds, and show what a figure is read as.
"use strict";

const form = document.querySelector("form[data-drafts]");
const stateLine = document.getElementById("save-state");
const WAIT = 1500;
const RETRY = 4000;
const typed = new Map();
let timer = 0;
let leaving = false;

function say(text, isBad) {
  if (!stateLine) return;
  stateLine.textContent = text;
  stateLine.classList.toggle("field__error", Boolean(isBad));
}

// What the server does not have yet stays on the shelf of this browser (shelf.js).
const owner = form ? form.dataset.owner : "";
const address = form ? form.dataset.drafts : "";

const body = () => Shelf.draft(owner, form.elements.sheet_version.value, typed);

const shelve = (submitted = false) =>
  Shelf.put(owner, address, { version: form.elements.sheet_version.value, fields: [...typed], submitted });

function shown(name) {
  const box = form.elements[name];
  return box ? box.value.replace(/\r\n/g, "\n") : undefined;
}

// The window broke down before everything had gone out: hand it over now, and let the server put it back as it
// does with every draft, on the version on which it was typed.
async function unshelve() {
  try {
    const left = await Shelf.find(owner, address);
    if (!left) return;
    // A page that says what a save lacks shows what was typed and has not stored it.
    const isShown = ([name, value]) => shown(name) === value && !("unsaved" in form.dataset);
    const fields = left.fields.filter((field) => !isShown(field));
    const told = fields.length > 0 ? await Shelf.handOver(owner, address, { ...left, fields }) : "shown";
    if (!told || typed.size > 0) return;
    await shelve();
    if (told === "kept" && !("unsaved" in form.dataset)) location.reload();
  } catch {
    // No connection yet: it stays where it is for the next time.
  }
}

async function keep() {
  timer = 0;
  if (typed.size === 0 || leaving) return;
  const sent = new Map(typed);
  try {
    const answer = await fetch(address, { method: "POST", body: body(), redirect: "manual" });
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
    } else if (answer.status === 409) {
      say("別の人がサインインしています。入力した人がサインインし直すまで、この画面の文章は保管も保存もできません。", true);
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
    if (!leaving && typed.size > 0) navigator.sendBeacon(address, body());
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
