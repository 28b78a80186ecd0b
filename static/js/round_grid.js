// The grid: arrow keys, a pasted block laid over cells with a preview, undo, fill down, drafts.
"use strict";

const grid = document.getElementById("grid");
const line = document.getElementById("save-state");
const undone = [];
const waiting = new Map();
let checkTimer = 0;
let draftTimer = 0;
let latest = 0;

// A column is the round's own `figure`, its `note`, or an earlier year; `field` is what the server calls the cell.
const column = (name) => Array.from(grid.querySelectorAll(`[data-column="${name}"]`));
const isYear = (name) => /^[0-9]+$/.test(name);

function say(text, isBad) {
  line.textContent = text;
  line.classList.toggle("field__error", Boolean(isBad));
}

function set(cell, value) {
  if (cell.value === value) return;
  cell.value = value;
  cell.dispatchEvent(new Event("input", { bubbles: true }));
}

// --- reading back -------------------------------------------------------------------------------------------
async function check() {
  const data = new FormData(grid);
  data.set("do", "check");
  const mine = ++latest;
  try {
    const answer = await fetch(location.href, { method: "POST", body: data, redirect: "manual" });
    if (!answer.ok || mine !== latest) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const told of grid.querySelectorAll("[data-told]")) {
      const other = fresh.getElementById(told.id);
      if (other) told.replaceChildren(...other.childNodes);
      const cell = grid.querySelector(`[aria-describedby="${told.id}"]`);
      const wrong = told.querySelector(".field__error") !== null;
      cell.classList.toggle("grid__cell--bad", wrong);
      cell.setAttribute("aria-invalid", String(wrong));
    }
    const count = fresh.getElementById("save-state");
    if (count) say(count.textContent);
  } catch {
    say("通信できないため、読み取りを確かめられません。入力はこの画面に残っています。", true);
  }
}

// What becomes of a cell stands in words beside it, too: never in the frame alone.
const STATES = { typed: "保管しています…", kept: "下書きを保管（未保存）", failed: "下書きを保管できません" };

function mark(cell, state) {
  cell.dataset.state = state;
  const own = cell.parentElement.querySelector("[data-cell-state]");
  const told = own || cell.closest("tr").querySelector('[data-cell-state="main"]');
  if (told) told.textContent = STATES[state] || "";
}

// --- drafts -------------------------------------------------------------------------------------------------
const owner = grid.dataset.owner;

// What the server does not have yet stays on the shelf of this browser (shelf.js), a row of the grid at a time.
function shelve(cell, submitted = false) {
  const fields = [...waiting].filter(([other]) => other.dataset.draft === cell.dataset.draft);
  const entry = { version: cell.dataset.version, fields: fields.map(([other, value]) => [other.dataset.field, value]) };
  return Shelf.put(owner, cell.dataset.draft, { ...entry, submitted });
}

async function keepDrafts() {
  draftTimer = 0;
  for (const [cell, value] of Array.from(waiting)) {
    const data = Shelf.draft(owner, { version: cell.dataset.version, fields: [[cell.dataset.field, value]] });
    try {
      const answer = await fetch(cell.dataset.draft, { method: "POST", body: data, redirect: "manual" });
      if (answer.status === 204 && waiting.get(cell) === value) {
        waiting.delete(cell);
        shelve(cell);
        mark(cell, "kept");
      } else if (answer.status === 409) {
        mark(cell, "failed");
        say("別の人がサインインしています。入力した人がサインインし直すまで、この画面の値は保管も保存もできません。", true);
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        mark(cell, "failed");
        say("サインインが切れました。別のタブでサインインし直すと、下書きの保管を続けます。", true);
      }
    } catch {
      mark(cell, "failed");
      say("通信できないため、下書きを保管できません。この画面を閉じずにお待ちください。", true);
    }
  }
  if (waiting.size > 0 && !draftTimer) draftTimer = window.setTimeout(keepDrafts, 4000);
}

// The window broke down before everything had gone out: hand it over now, and let the server put it back.
async function unshelve() {
  let handedOver = false;
  for (const cell of grid.querySelectorAll('[data-field="figure"]')) {
    try {
      const left = await Shelf.find(owner, cell.dataset.draft);
      if (!left) continue;
      const told = await Shelf.handOver(owner, cell.dataset.draft, left);
      handedOver ||= told === "kept";
      if (told && waiting.size === 0) await Shelf.put(owner, cell.dataset.draft, { fields: [] });
    } catch {
      return; // No connection yet: it stays where it is for the next time.
    }
  }
  // A page that says why a row was refused shows what was typed already.
  if (handedOver && waiting.size === 0 && !("unsaved" in grid.dataset)) location.reload();
}
unshelve();

grid.addEventListener("input", (event) => {
  const cell = event.target;
  if (!cell.dataset.column) return;
  waiting.set(cell, cell.value);
  shelve(cell);
  mark(cell, "typed");
  window.clearTimeout(checkTimer);
  checkTimer = window.setTimeout(check, 400);
  if (!draftTimer) draftTimer = window.setTimeout(keepDrafts, 1500);
});
grid.addEventListener("submit", () => {
  for (const cell of [...waiting.keys()]) shelve(cell, true);
  waiting.clear();
});

// --- pasting ------------------------------------------------------------------------------------------------
// Only some cells of an earlier year are open: a line goes to its own row, and what meets a closed one is told.
function pasteYear(cell, values) {
  const rows = Array.from(grid.querySelectorAll("tbody tr"));
  const start = rows.indexOf(cell.closest("tr"));
  const before = [];
  let left = 0;
  values.forEach((value, down) => {
    if (value.trim() === "") return;
    const target = rows[start + down] && rows[start + down].querySelector(`[data-column="${cell.dataset.column}"]`);
    if (!target) {
      left += 1;
      return;
    }
    before.push([target, target.value]);
    set(target, value.trim());
  });
  undone.push(before);
  say(left > 0 ? `${left}行は入力できない欄か表の外のため、使いませんでした。` : "", left > 0);
}

grid.addEventListener("paste", (event) => {
  const cell = event.target;
  if (!cell.dataset.column) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (!text.includes("\n") && !text.includes("\t")) return;
  event.preventDefault();
  const rows = text.split("\n").map((row) => row.split("\t"));
  const width = Math.max(...rows.map((row) => row.length));
  if (isYear(cell.dataset.column)) {
    if (width > 1) say("年度の欄に貼り付けられるのは１列です。年度の見出しの付いた表は、下の貼り付け欄を使ってください。", true);
    else pasteYear(cell, rows.map((row) => row[0]));
    return;
  }
  if (width > 2) {
    say("貼り付けられるのは「値」と「注記」の２列までです。指標名の付いた表は、下の貼り付け欄を使ってください。", true);
    return;
  }
  const names = cell.dataset.column === "figure" ? ["figure", "note"] : ["note"];
  const start = column(cell.dataset.column).indexOf(cell);
  const before = [];
  rows.forEach((values, down) => {
    values.forEach((value, across) => {
      const target = names[across] && column(names[across])[start + down];
      if (!target || value.trim() === "") return;
      before.push([target, target.value]);
      set(target, value.trim());
    });
  });
  undone.push(before);
  const over = start + rows.length - column(cell.dataset.column).length;
  say(over > 0 ? `${over}行が表からはみ出したため、使いませんでした。` : "", over > 0);
});

// --- keys ---------------------------------------------------------------------------------------------------
function step(cell, down) {
  const cells = column(cell.dataset.column);
  const next = cells[cells.indexOf(cell) + down];
  if (!next) return;
  next.focus();
  next.select();
}

grid.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (!cell.dataset || !cell.dataset.column || event.isComposing) return;
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "ArrowDown" || (event.key === "Enter" && !control && !event.shiftKey)) {
    event.preventDefault();
    step(cell, 1);
  } else if (event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey)) {
    event.preventDefault();
    step(cell, -1);
  } else if (control && event.key.toLowerCase() === "d") {
    event.preventDefault();
    const cells = column(cell.dataset.column);
    const above = cells[cells.indexOf(cell) - 1];
    if (!above) return;
    undone.push([[cell, cell.value]]);
    set(cell, above.value);
  } else if (control && event.key.toLowerCase() === "z" && undone.length > 0) {
    event.preventDefault();
    for (const [target, value] of undone.pop()) set(target, value);
  }
});
