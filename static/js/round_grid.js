// A section's table of a round: what each box is read as, and the drafts of its rows. Keys and pasting: grid.js.
"use strict";

const table = document.getElementById("grid");
let checkTimer = 0;
let latestCheck = 0;

function tell(text, isBad) {
  const line = document.getElementById("save-state");
  line.textContent = text;
  line.classList.toggle("field__error", Boolean(isBad));
}

// --- reading back -------------------------------------------------------------------------------------------
async function readBack() {
  const data = new FormData(table);
  data.set("do", "check");
  const mine = ++latestCheck;
  try {
    const answer = await fetch(location.href, { method: "POST", body: data, redirect: "manual" });
    if (!answer.ok || mine !== latestCheck) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const told of table.querySelectorAll("[data-told]")) {
      const other = fresh.getElementById(told.id);
      if (other) told.replaceChildren(...other.childNodes);
      const box = table.querySelector(`[aria-describedby="${told.id}"]`);
      const isWrong = told.querySelector(".field__error") !== null;
      box.classList.toggle("grid__cell--bad", isWrong);
      box.setAttribute("aria-invalid", String(isWrong));
    }
    const count = fresh.getElementById("save-state");
    if (count) tell(count.textContent);
  } catch {
    tell("通信できないため、読み取りを確かめられません。入力はこの画面に残っています。", true);
  }
}

function readBackSoon() {
  window.clearTimeout(checkTimer);
  checkTimer = window.setTimeout(readBack, 400);
}

// --- drafts: each row's boxes are those of one sheet ------------------------------------------------------------
// What becomes of a box stands in words beside it, too: never in the frame alone.
const STATES = { typed: "保管しています…", kept: "下書きを保管（未保存）", failed: "下書きを保管できません" };

class RowDrafts extends Drafts {
  constructor(boxes) {
    super(table, table.dataset.owner, boxes[0].dataset.draft);
    this.boxes = boxes;
  }

  takes(box) {
    return this.boxes.includes(box);
  }

  note(box) {
    this.mark(box, "typed");
    super.note(box);
  }

  entry() {
    const typed = this.boxes.filter((box) => this.typed.has(box.name));
    const fields = typed.map((box) => [box.dataset.field, this.typed.get(box.name)]);
    return { version: this.boxes[0].dataset.version, fields };
  }

  shelve(submitted = false) {
    return submitted && this.typed.size === 0 ? undefined : super.shelve(submitted);
  }

  // Told after every try to keep what was typed.
  say(text, isBad) {
    const wasBad = this.boxes.some((box) => box.dataset.state === "failed");
    for (const box of this.boxes) {
      if (this.typed.has(box.name)) this.mark(box, isBad ? "failed" : "typed");
      else if (box.dataset.state) this.mark(box, "kept");
    }
    if (isBad) tell(text, true);
    else if (wasBad) readBackSoon();
  }

  mark(box, state) {
    box.dataset.state = state;
    const own = box.parentElement.querySelector("[data-cell-state]");
    const told = own || box.closest("tr").querySelector('[data-cell-state="main"]');
    if (told) told.textContent = STATES[state];
  }

  // The window broke down before everything had gone out: hand it over; return whether the server has it now.
  async unshelve() {
    const left = await Shelf.find(this.owner, this.address);
    if (!left) return false;
    const told = await Shelf.handOver(this.owner, this.address, left);
    if (told && this.typed.size === 0) await Shelf.put(this.owner, this.address, { fields: [] });
    return told === "kept";
  }
}

const boxes = [...table.querySelectorAll("[data-draft]")];
const places = new Set(boxes.map((box) => box.dataset.draft));
const rows = [...places].map((place) => new RowDrafts(boxes.filter((box) => box.dataset.draft === place)));

// The server puts what it was handed over into the page it sends.
async function unshelveAll() {
  let isHandedOver = false;
  try {
    for (const row of rows) if (await row.unshelve()) isHandedOver = true;
  } catch {
    return; // No connection yet: it stays where it is for the next time.
  }
  // A page that says why a row was refused shows what was typed already.
  const isTyping = rows.some((row) => row.typed.size > 0);
  if (isHandedOver && !isTyping && !("unsaved" in table.dataset)) location.reload();
}

for (const row of rows) row.listen();
unshelveAll();
table.addEventListener("input", (event) => {
  if (event.target.dataset.draft) readBackSoon();
});
