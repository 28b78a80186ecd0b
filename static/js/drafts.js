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

function body() {
  const data = new FormData();
  // After signing in again in another tab the cookie has the new token; the page has the old one.
  data.append("csrfmiddlewaretoken", cookie("csrftoken") || form.elements.csrfmiddlewaretoken.value);
  data.append("sheet_version", form.elements.sheet_version.value);
  for (const [name, value] of typed) data.append(`draft.${name}`, value);
  return data;
}

async function keep() {
  timer = 0;
  if (typed.size === 0 || leaving) return;
  const sent = new Map(typed);
  try {
    const answer = await fetch(form.dataset.drafts, { method: "POST", body: body(), redirect: "manual" });
    if (answer.status === 204) {
      for (const [name, value] of sent) if (typed.get(name) === value) typed.delete(name);
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
    plan(WAIT);
  });
  form.addEventListener("submit", () => {
    leaving = true;
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
