// Ctrl+S saves, Ctrl+Enter does the main thing, ? opens help. The keys stand on the help page.
"use strict";

function pressKeyed(key) {
  const inForm = document.activeElement && document.activeElement.form;
  const button =
    (inForm && inForm.querySelector(`[data-key="${key}"]:not(:disabled)`)) ||
    document.querySelector(`[data-key="${key}"]:not(:disabled)`);
  if (button) button.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  const withControl = event.ctrlKey || event.metaKey;
  if (withControl && !event.shiftKey && event.key.toLowerCase() === "s") {
    if (pressKeyed("save")) event.preventDefault();
  } else if (withControl && event.key === "Enter") {
    if (pressKeyed("next")) event.preventDefault();
  } else if (event.key === "?" && !withControl && !event.target.closest("input, textarea, select, [contenteditable]")) {
    if (pressKeyed("help")) event.preventDefault();
  }
});
