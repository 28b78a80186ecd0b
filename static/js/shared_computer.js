// Two people at one computer: what one has typed goes to the server before the sign-out, and a page of an
// earlier sign-in does not come back by the browser's "back".
"use strict";

const signOut = document.querySelector("form[data-sign-out]");
const PATIENCE = 3000;

if (signOut) {
  signOut.addEventListener("submit", async (event) => {
    if (signOut.dataset.handedOver) return;
    event.preventDefault();
    const patience = new AbortController();
    const timer = window.setTimeout(() => patience.abort(), PATIENCE);
    try {
      await Shelf.handOverAll(signOut.dataset.signOut, patience.signal);
    } catch {
      // What could not be handed over stays in this browser, for this person only.
    }
    window.clearTimeout(timer);
    signOut.dataset.handedOver = "yes";
    signOut.requestSubmit();
    delete signOut.dataset.handedOver;
  });
}

// Signing in and signing out change the token: a page that was opened under another one is asked for anew, and
// as a new page, so that the browser puts no typed text back into its boxes.
const signIn = Shelf.cookie("csrftoken");

function askAnew() {
  document.documentElement.hidden = true;
  location.replace(location.pathname + location.search);
}

const cameBack = performance.getEntriesByType("navigation").some((entry) => entry.type === "back_forward");
if (cameBack && history.state && history.state.signIn && history.state.signIn !== signIn) askAnew();
else history.replaceState({ ...history.state, signIn }, "");
window.addEventListener("pageshow", (event) => {
  if (event.persisted && Shelf.cookie("csrftoken") !== signIn) askAnew();
});
