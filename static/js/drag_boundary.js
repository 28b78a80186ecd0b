// Drag the mark between two texts to another line: pressing that line's own button does the rest.
"use strict";

for (const form of document.querySelectorAll("[data-boundaries]")) {
  let field = "";
  const button = (piece) => piece && piece.querySelector(`button[value^="${field}:"]`);
  const clear = () => form.querySelectorAll(".pieces__target").forEach((e) => e.classList.remove("pieces__target"));
  form.addEventListener("dragstart", (event) => {
    const head = event.target.closest("[data-boundary]");
    if (!head) return;
    field = head.dataset.boundary;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", field);
  });
  form.addEventListener("dragover", (event) => {
    const piece = event.target.closest("[data-piece]");
    clear();
    if (!field || !button(piece)) return;
    event.preventDefault();
    piece.classList.add("pieces__target");
  });
  form.addEventListener("drop", (event) => {
    const pressed = button(event.target.closest("[data-piece]"));
    clear();
    if (!pressed) return;
    event.preventDefault();
    form.requestSubmit(pressed);
  });
  form.addEventListener("dragend", () => {
    field = "";
    clear();
  });
}
