// Count characters while typing. Without this script the server's count of the last save stands there.
"use strict";

function showCount(area) {
  const counter = document.getElementById(area.dataset.counter);
  if (!counter) return;
  const limit = Number(area.dataset.limit);
  // Code points, as Python counts them; a browser sends each line break as two characters, Django keeps one.
  const length = Array.from(area.value.replace(/\r\n/g, "\n")).length;
  counter.textContent = `${length} / ${limit}文字` + (length > limit ? `（${length - limit}文字超過）` : "");
  counter.classList.toggle("field__counter--over", length > limit);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    if (event.target.matches("[data-counter]")) showCount(event.target);
  });
}
document.querySelectorAll("[data-counter]").forEach(showCount);
