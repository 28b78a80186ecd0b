// Tables of inputs: paste a block from Excel, move with Enter and arrows, see at once how each cell is read.
// Without this script the form is sent as it is and the page tells the same.
//
//   <form data-grid data-check="/address/">      asked how changed cells are understood; writes nothing
//                                                data-lay: asked where a pasted block lies, too (years, names)
//                                                data-keep-blank: empty cells of a pasted block change nothing
//                                                data-too-wide="…": says why a block wider than the table is not put
//     <input type="hidden" name="b.12">          what the page had shown of row 12 (sent along)
//     <table data-grid-table>                    rows with equally many cells, locked ones included
//       <input data-cell id="x" name="c.12.unit"> <div id="x-answer"></div>     (<span data-cell>: a closed one)
//     <p data-grid-status role="status"></p> <button type="button" data-grid-undo hidden>
//
// The answer is {"cells": {"c.12.unit": {"state": "changed|asked|same|refused|clash|theirs", "answer": "…"}}}; for a
// block also {"texts": {"c.12.2024": "191"}, "told": ["…"]}.
// Ctrl+Z takes back a paste or a fill, Ctrl+D fills from above, Ctrl+R from the left.
"use strict";

const WAIT = 400;
let asked = 0;
let timer = 0;

const isChanged = (cell) =>
  cell.options ? ![...cell.options].some((o) => o.selected && o.defaultSelected) : cell.value !== cell.defaultValue;

function showAnswer(cell, found) {
  const box = document.getElementById(`${cell.id}-answer`);
  if (!box) return;
  box.textContent = found ? found.answer : "";
  box.dataset.state = found ? found.state : "same";
  cell.toggleAttribute("aria-invalid", Boolean(found) && ["refused", "clash"].includes(found.state));
}

function bodyOf(form) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  return body;
}

async function post(form, body) {
  const response = await fetch(form.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function ask(form) {
  const mine = ++asked;
  const cells = [...form.querySelectorAll("[data-cell]")].filter((cell) => isChanged(cell) || cell.dataset.seen);
  const body = bodyOf(form);
  const rows = new Set();
  for (const cell of cells) {
    cell.dataset.seen = "yes";
    body.append(cell.name, cell.value);
    rows.add(cell.name.split(".")[1]);
  }
  for (const row of rows) {
    const base = form.elements[`b.${row}`];
    if (base) body.append(base.name, base.value);
    // Cells that others depend on (the unit) go with them, changed or not.
    form.querySelectorAll(`[data-needed][name^="c.${row}."]`).forEach((cell) => {
      if (!body.has(cell.name)) body.append(cell.name, cell.value);
    });
  }
  let answer;
  try {
    answer = (await post(form, body)).cells;
  } catch {
    say(form, "読み取りを確かめられませんでした。保存するときにもう一度確かめます。");
    return;
  }
  if (mine !== asked) return;
  for (const cell of cells) showAnswer(cell, answer[cell.name]);
}

function askSoon(form) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(form), WAIT);
}

function say(form, text) {
  const box = form.querySelector("[data-grid-status]");
  if (box) box.textContent = text;
}

// --- pasting ---------------------------------------------------------------------------------------------

// What Excel puts on the clipboard: tabs, line ends, and quotes around cells that hold either.
function readBlock(text) {
  const rows = [[]];
  const pattern = /(?:^|(?<=[\t\n]))"((?:[^"]|"")*)"(?=[\t\n]|$)|[^\t\n]+|\t|\n/g;
  let cell = "";
  for (const [found, quoted] of text.replace(/\r\n?/g, "\n").replace(/\n$/, "").matchAll(pattern)) {
    if (found === "\t" || found === "\n") {
      rows.at(-1).push(cell);
      cell = "";
      if (found === "\n") rows.push([]);
    } else {
      cell = quoted === undefined ? found : quoted.replaceAll('""', '"');
    }
  }
  rows.at(-1).push(cell);
  return rows;
}

const cellsOf = (table) =>
  [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]).filter((row) => row.length);

const isOpen = (cell) => Boolean(cell) && "value" in cell && !cell.readOnly && !cell.disabled;

function setCell(cell, text) {
  if (!isOpen(cell)) return false;
  if (!cell.options) {
    cell.value = text;
    return true;
  }
  const option = [...cell.options].find((o) => [o.value, o.label].includes(text.trim()));
  if (option) cell.value = option.value;
  return Boolean(option);
}

// Put texts into cells so that one act takes all of them back; returns how many were put.
function setAll(form, pairs) {
  const before = [];
  for (const [cell, text] of pairs) {
    const old = cell.value;
    if (setCell(cell, text)) before.push([cell, old]);
  }
  if (before.length === 0) return 0;
  (form.undoable ||= []).push(before);
  form.hasTyped = false;
  before.forEach(([cell]) => cell.dispatchEvent(new Event("input", { bubbles: true })));
  const undo = form.querySelector("[data-grid-undo]");
  if (undo) undo.hidden = false;
  return before.length;
}

function paste(event) {
  const cell = event.target.closest("[data-grid-table] [data-cell]");
  const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
  if (!cell || !/[\t\r\n]/.test(text.trimEnd()) || (cell.localName === "textarea" && !text.includes("\t"))) return;
  event.preventDefault();
  if ("lay" in cell.form.dataset) lay(cell, text);
  else pasteDown(cell, text);
}

function pasteDown(cell, text) {
  const form = cell.form;
  const grid = cellsOf(cell.closest("[data-grid-table]"));
  const top = grid.findIndex((row) => row.includes(cell));
  const left = grid[top].indexOf(cell);
  const block = readBlock(text);
  const isTooWide = block.some((row) => row.slice(grid[top].length - left).some((value) => value.trim()));
  if (isTooWide && form.dataset.tooWide) {
    say(form, form.dataset.tooWide);
    return;
  }
  const pairs = [];
  let outside = 0;
  block.forEach((row, down) =>
    row.forEach((value, right) => {
      if (!value.trim() && "keepBlank" in form.dataset) return;
      const target = grid[top + down] && grid[top + down][left + right];
      if (target) pairs.push([target, value]);
      else outside += value.trim() ? 1 : 0;
    }),
  );
  const put = setAll(form, pairs);
  const locked = pairs.length - put;
  const left_out = [outside && `表の外の${outside}個`, locked && `入力できない${locked}個`].filter(Boolean).join("と");
  say(form, `${put}個のセルに貼り付けました。${left_out ? `${left_out}は貼り付けていません。` : ""}まだ保存していません。`);
}

// The server reads years and names, and says where each figure lies (the same as without this script).
async function lay(cell, text) {
  const form = cell.form;
  form.laying = true;
  const isLaid = await layOn(form, cell, text);
  form.laying = false;
  const press = form.waiting;
  form.waiting = undefined;
  // Saved while the block was under way: what was pasted is part of it, or nothing is sent.
  if (press && isLaid) form.requestSubmit(press.submitter);
}

async function layOn(form, cell, text) {
  const body = bodyOf(form);
  body.append("block", text);
  body.append("at", cell.name);
  body.append("rows", form.elements.rows.value);
  say(form, "貼り付ける所を確かめています…");
  let answer;
  try {
    answer = await post(form, body);
  } catch {
    say(form, "通信できないため、貼り付けられませんでした。もう一度貼り付けてください。まだ何も保存していません。");
    return false;
  }
  const put = setAll(form, Object.entries(answer.texts).map(([name, value]) => [form.elements[name], value]));
  const told = answer.told.join("\n");
  say(form, `${put}個の欄に貼り付けました。${put ? "まだ保存していません。" : ""}${told ? `\n${told}` : ""}`);
  return true;
}

function undoLast(form) {
  for (const [cell, old] of (form.undoable || []).pop() || []) {
    cell.value = old;
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const undo = form.querySelector("[data-grid-undo]");
  if (undo && form.undoable.length === 0) undo.hidden = true;
  say(form, "元に戻しました。");
}

// --- moving and filling ----------------------------------------------------------------------------------

function neighbour(cell, down, right) {
  const grid = cellsOf(cell.closest("[data-grid-table]"));
  let row = grid.findIndex((cells) => cells.includes(cell));
  let column = grid[row].indexOf(cell);
  do {
    row += down;
    column += right;
  } while (grid[row] && grid[row][column] && !("value" in grid[row][column]));
  return grid[row] && grid[row][column];
}

// Left and right leave a cell only from its edge, or when all of it is marked as after moving there.
function sideways(cell, key) {
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  if (key === "ArrowLeft" && (all || cell.selectionEnd === 0)) return -1;
  if (key === "ArrowRight" && (all || cell.selectionStart === cell.value.length)) return 1;
  return 0;
}

function go(event, next) {
  event.preventDefault();
  if (!next) return;
  next.focus();
  if (next.select) next.select();
}

function command(event, cell) {
  const key = event.key.toLowerCase();
  const from = key === "d" ? neighbour(cell, -1, 0) : key === "r" ? neighbour(cell, 0, -1) : null;
  // What was typed since is taken back first, by the browser itself.
  if (key === "z" && !cell.form.hasTyped && cell.form.undoable && cell.form.undoable.length > 0) {
    event.preventDefault();
    undoLast(cell.form);
  } else if (key === "d" || key === "r") {
    event.preventDefault();
    if (from && from.value !== cell.value) setAll(cell.form, [[cell, from.value]]);
  }
}

function move(event) {
  const cell = event.target.closest("[data-grid-table] input[data-cell]");
  if (!cell || event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    command(event, cell);
    return;
  }
  const arrows = cell.hasAttribute("list") ? {} : { ArrowDown: 1, ArrowUp: -1 };
  const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : arrows[event.key];
  if (step) {
    go(event, neighbour(cell, step, 0));
    return;
  }
  const side = event.shiftKey ? 0 : sideways(cell, event.key);
  if (side) go(event, neighbour(cell, 0, side));
}

// What was typed and not sent is put back into its cells without a key (form_drafts.js): it is read back, too.
document.addEventListener("change", (event) => {
  const cell = event.target;
  if (cell.matches("[data-cell]") && cell.form.dataset.check && !cell.dataset.seen) askSoon(cell.form);
});
document.addEventListener("paste", paste);
document.addEventListener("keydown", move);
document.addEventListener("input", (event) => {
  const form = event.target.matches("[data-cell]") && event.target.form;
  if (form && event.isTrusted) form.hasTyped = true;
  if (form && form.dataset.check) askSoon(form);
});
document.addEventListener("click", (event) => {
  const undo = event.target.closest("[data-grid-undo]");
  if (undo) undoLast(undo.form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-grid]")) return;
  if (form.laying) {
    event.preventDefault();
    form.waiting = { submitter: event.submitter };
    return;
  }
  say(form, "保存しています…");
});
