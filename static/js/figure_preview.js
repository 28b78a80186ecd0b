// Show while typing what a figure is read as, and how it would be judged.
"use strict";

const preview = document.querySelector("[data-preview]");
let previewTimer = 0;
let latestPreview = 0;

async function showPreview() {
  const shown = document.getElementById("judgement");
  if (!shown) return;
  const query = new URLSearchParams({
    figure: document.getElementById("id_figure").value,
    status: document.getElementById("id_status").value,
  });
  const mine = ++latestPreview;
  try {
    const answer = await fetch(`${preview.dataset.preview}?${query}`, { redirect: "manual" });
    if (!answer.ok || mine !== latestPreview) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.getElementById("judgement");
    if (fresh) shown.replaceWith(fresh);
  } catch {
    // Without a connection the preview stays as it was; saving will say so.
  }
}

if (preview) {
  preview.addEventListener("input", (event) => {
    if (!["figure", "status"].includes(event.target.name)) return;
    window.clearTimeout(previewTimer);
    previewTimer = window.setTimeout(showPreview, 350);
  });
}
