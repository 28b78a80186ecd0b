// Ask before a form marked data-guard is left with changes that were not sent.
"use strict";

const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && form.hasAttribute("data-guard")) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
// A page that saves by itself says so: form.dispatchEvent(new Event("saved", {bubbles: true})).
document.addEventListener("saved", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if (changed.size > 0) event.preventDefault();
});
