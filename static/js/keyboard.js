// Ctrl+S saves, Ctrl+Enter does the main thing, ? shows help over the page, so that nothing typed is left.
// The keys stand on the help page; without this script its link leads there.
"use strict";

function pressKeyed(key) {
  const inForm = document.activeElement && document.activeElement.form;
  const button =
    (inForm && inForm.querySelector(`[data-key="${key}"]:not(:disabled)`)) ||
    document.querySelector(`[data-key="${key}"]:not(:disabled)`);
  if (button) button.click();
  return Boolean(button);
}

async function showHelp() {
  const link = document.querySelector('a[data-key="help"]');
  const shown = document.getElementById("help-dialog");
  if (shown) return shown.open ? shown.close() : shown.showModal();
  if (!link) return undefined;
  let content;
  try {
    const answer = await fetch(link.href, { redirect: "manual" });
    if (!answer.ok) return link.click();
    content = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("content");
  } catch {
    return undefined;
  }
  const dialog = document.createElement("dialog");
  dialog.id = "help-dialog";
  dialog.className = "help-dialog";
  dialog.setAttribute("aria-label", "ヘルプ");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--secondary";
  close.textContent = "閉じる（Esc）";
  close.addEventListener("click", () => dialog.close());
  dialog.append(close, ...content.childNodes);
  document.body.append(dialog);
  return dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  const withControl = event.ctrlKey || event.metaKey;
  if (withControl && !event.shiftKey && event.key.toLowerCase() === "s") {
    if (pressKeyed("save")) event.preventDefault();
  } else if (withControl && event.key === "Enter") {
    if (pressKeyed("next")) event.preventDefault();
  } else if (event.key === "?" && !withControl && !event.target.closest("input, textarea, select, [contenteditable]")) {
    event.preventDefault();
    showHelp();
  }
});
