// Say every half minute that this sheet is open here, and show who else has it open. The line keeps its room
// while it is empty, so nothing moves.
"use strict";

const presence = document.querySelector("[data-presence]");
const EVERY = 30000;

function presenceBody(gone) {
  const box = document.querySelector("[name=opened_by]");
  const data = Shelf.body(box ? box.value : "");
  if (gone) data.append("gone", "1");
  return data;
}

async function tellPresence() {
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch(presence.dataset.presence, { method: "POST", body: presenceBody(false), redirect: "manual" });
    if (!answer.ok) return;
    const { others } = await answer.json();
    const told = others.length ? `ほかに開いている人：${others.join("、")}` : "";
    if (presence.textContent !== told) presence.textContent = told;
  } catch {
    // Without a connection nobody knows; saving will say so.
  }
}

if (presence) {
  tellPresence();
  window.setInterval(tellPresence, EVERY);
  document.addEventListener("visibilitychange", tellPresence);
  window.addEventListener("pagehide", () => navigator.sendBeacon(presence.dataset.presence, presenceBody(true)));
}
