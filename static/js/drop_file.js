// Drop a file anywhere on the marked place: it becomes the choice of the file input inside.
"use strict";

for (const zone of document.querySelectorAll("[data-drop-zone]")) {
  const input = zone.querySelector('input[type="file"]');
  const over = (event) => {
    event.preventDefault();
    zone.classList.add("drop-zone--over");
  };
  const out = () => zone.classList.remove("drop-zone--over");
  zone.addEventListener("dragenter", over);
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", out);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    out();
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
