// Copy a text to the clipboard. Without this script it is selected and copied by hand.
"use strict";

for (const button of document.querySelectorAll("[data-copy-from]")) {
  const box = document.getElementById(button.dataset.copyFrom);
  const told = button.parentElement.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    box.select();
    try {
      // On a plain http address browsers offer no clipboard: the old command still works there.
      if (navigator.clipboard) await navigator.clipboard.writeText(box.value);
      else document.execCommand("copy");
      told.textContent = "写しました。";
    } catch {
      told.textContent = "写せませんでした。選ばれている文面を Ctrl＋C で写してください。";
    }
  });
}
