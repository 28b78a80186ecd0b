// Every other form a person writes into: all that was typed in this window goes to the server together, with
// what each box had shown before. What comes back stands in the form's hidden box (`{% keep_drafts … %}`) and is
// put into the boxes that still show the same; where the stored text is another by now, both are shown.
"use strict";

const WINDOW = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const PATIENCE_FOR_SHELF = 1500;

const plainText = (text) => text.replace(/\r\n?/g, "\n");

// A mark is kept in words: where its box is gone by the time it comes back, the words still say what was marked.
const UNMARKED = "（印なし）";
const isMark = (text) => text === UNMARKED || text.startsWith("印：");

function markWords(box, isMarked) {
  const label = box.getAttribute("aria-label") || (box.labels.length > 0 ? box.labels[0].textContent.trim() : box.name);
  return isMarked ? `印：${label}` : UNMARKED;
}

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

class FormDrafts extends Drafts {
  constructor(mark) {
    super(mark.form, mark.dataset.owner, `${mark.dataset.formDrafts}${WINDOW}/`);
    Object.assign(this, { mark, place: mark.dataset.formDrafts, turn: 0, all: new Map(), parts: [], over: [], spared: new Set(), beside: [] });
  }

  // --- boxes ----------------------------------------------------------------------------------------------
  takes(box) {
    if (box.form !== this.form || !box.name || ["hidden", "password", "file", "select-multiple"].includes(box.type)) return false;
    return this.value(box.name) !== undefined;
  }

  // A name that stands for several boxes is known only where they are the choices of one question.
  boxes(name) {
    const found = this.form.elements.namedItem(name);
    const boxes = found instanceof RadioNodeList ? [...found] : [found];
    return boxes.filter((box) => box && box.type !== "hidden");
  }

  value(name) {
    const boxes = this.boxes(name);
    if (boxes.length === 0 || (boxes.length > 1 && boxes[0].type !== "radio")) return undefined;
    if (boxes[0].type === "radio") return (boxes.find((box) => box.checked) || { value: "" }).value;
    if (boxes[0].type === "checkbox") return markWords(boxes[0], boxes[0].checked);
    return plainText(boxes[0].value);
  }

  // What the page had in the box when it came.
  shown(name) {
    const boxes = this.boxes(name);
    if (boxes[0].type === "radio") return (boxes.find((box) => box.defaultChecked) || { value: "" }).value;
    if (boxes[0].type === "checkbox") return markWords(boxes[0], boxes[0].defaultChecked);
    if (boxes[0].options) {
      const options = [...boxes[0].options];
      return (options.find((option) => option.defaultSelected) || options[0] || { value: "" }).value;
    }
    return plainText(boxes[0].defaultValue);
  }

  put(name, text) {
    const boxes = this.boxes(name);
    const choices = boxes[0].type === "radio" ? boxes : boxes[0].options;
    if (choices && text && ![...choices].some((choice) => choice.value === text)) return false; // no longer offered
    for (const box of boxes) {
      if (box.type === "radio") box.checked = box.value === text;
      else if (box.type === "checkbox") box.checked = text === markWords(box, true);
      else box.value = text;
    }
    const hidden = boxes[0].closest("details");
    if (hidden) hidden.open = true;
    boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
    return this.value(name) === text;
  }

  // --- keeping --------------------------------------------------------------------------------------------
  note(box) {
    this.leaving = false; // whoever types on is still here
    const [, shown] = this.all.get(box.name) || ["", this.shown(box.name)];
    this.all.set(box.name, [this.value(box.name), shown]);
    this.turn += 1;
    super.note(box);
    this.typed.set(box.name, this.value(box.name));
  }

  entry() {
    const fields = this.typed.size > 0 ? [...this.all].map(([name, pair]) => [name, ...pair]) : [];
    return { turn: this.turn, over: this.over.join(" "), fields };
  }

  shelve(submitted = false) {
    if (submitted) this.mark.value = [this.mark.defaultValue.split(" ")[0], ...this.sent()].join(" ");
    return super.shelve(submitted);
  }

  // What the form takes with it. A draft of a box this page has not (a filtered list) waits for its box.
  sent() {
    return this.handedOut().filter((part) => !this.spared.has(part.split(":")[0]));
  }

  handedOut() {
    const own = this.turn > 0 ? [`${WINDOW}:${this.turn}`] : [];
    return [...new Set([...this.mark.defaultValue.split(" ").slice(1), ...this.parts, ...own])];
  }

  say(text, isBad) {
    if (!this.told && this.form.id !== "entry") {
      this.told = element("p", "draft-state no-print");
      this.told.setAttribute("aria-live", "polite");
      this.form.append(this.told);
    }
    super.say(text, isBad);
  }

  // --- putting back ---------------------------------------------------------------------------------------
  async comeBack() {
    const kept = JSON.parse(this.mark.dataset.kept || "[]");
    const shelved = await this.shelved();
    const isOlder = (draft, others) => others.some((other) => other.window === draft.window && other.turn > draft.turn);
    // The newest first: what had not gone out when the window broke down.
    const unsent = shelved.filter((draft) => !isOlder(draft, kept));
    const known = kept.filter((draft) => !unsent.some((other) => other.window === draft.window));
    if (unsent.length + known.length > 0) this.putBack([...unsent, ...known]);
  }

  // The window broke down before everything had gone out: hand it over now. A form that was taken is no news.
  async shelved() {
    const found = [];
    const patience = new AbortController();
    const timer = window.setTimeout(() => patience.abort(), PATIENCE_FOR_SHELF);
    const one = async ([address, entry]) => {
      let told;
      try {
        told = await Shelf.handOver(this.owner, address, entry, patience.signal);
      } catch {
        // No connection: it stays where it is, and is shown from there.
      }
      if (told) await Shelf.put(this.owner, address, { fields: [] });
      if (told === "saved" || address === this.address) return;
      const name = address.slice(this.place.length).replace("/", "");
      const fields = Object.fromEntries(entry.fields.map(([box, text, shown]) => [box, [text, shown]]));
      found.push({ window: name, turn: entry.turn, fields });
    };
    try {
      await Promise.all((await Shelf.findAll(this.owner, this.place)).map(one));
    } catch {
      // A browser without storage has the server's drafts only.
    }
    window.clearTimeout(timer);
    return found;
  }

  putBack(drafts) {
    const wasSent = "wasSent" in this.mark.dataset;
    let isBack = false;
    let differs = false;
    for (const draft of drafts) {
      const part = `${draft.window}:${draft.turn}`;
      this.parts.push(part);
      let isWhole = true;
      for (const [name, [text, shown]] of Object.entries(draft.fields)) {
        const now = this.value(name);
        if (now === text) {
          differs ||= now !== this.shown(name) || wasSent;
          if (!this.all.has(name)) this.all.set(name, [text, shown]);
        } else if (now !== undefined && now === this.shown(name) && now === shown && this.put(name, text)) {
          this.all.set(name, [text, shown]);
          isBack = differs = true;
        } else {
          this.lay(name, text, shown, draft.at);
          if (now === undefined && !isMark(text)) this.spared.add(draft.window);
          isWhole = false;
          differs = true;
        }
      }
      if (isWhole) this.over.push(part);
    }
    if (!differs) {
      this.forget(); // all of it is stored by now
      Object.assign(this, { all: new Map(), over: [] });
    } else if (isBack || this.beside.length > 0) this.tell(isBack, drafts[0].at);
  }

  // A text that cannot simply go back: the stored one has changed, or another window's stands in the box.
  lay(name, text, shown, at) {
    const [box] = this.boxes(name);
    const isKnown = this.value(name) !== undefined;
    const why = !isKnown
      ? "この文章の欄は、いまの画面にありません。"
      : this.shown(name) === shown
        ? "同じ欄に、別の画面でも入力しています。"
        : "入力を始めた後に、保存されている内容が変わりました。いまの内容は欄にあります。";
    const made = element("div", "draft-beside no-print");
    made.append(element("p", "draft-beside__why", `保存していないあなたの入力${at ? `（${at}）` : ""}：${why}`));
    made.append(element("p", "text", text || "（空）"));
    if (isKnown && !["radio", "checkbox"].includes(box.type)) {
      const button = element("button", "button button--secondary button--small", "この文章を欄に入れる");
      button.type = "button";
      button.addEventListener("click", () => {
        this.put(name, text);
        made.remove();
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.focus();
      });
      made.append(button);
    }
    if (isKnown) {
      (box.closest(".field") || box).after(made);
      if (box.closest("details")) box.closest("details").open = true;
    } else this.mark.after(made);
    this.beside.push(made);
  }

  tell(isBack, at) {
    const title = isBack ? "保存していない入力を戻しました" : "保存していない入力があります";
    const kind = element("span", "notice__kind", "【お知らせ】");
    const told = element("p", "", isBack ? `前に入力して保存しなかった内容${at ? `（${at}）` : ""}を、欄に戻してあります。まだ保存していません。` : "");
    if (this.beside.length > 0) told.append("欄に戻さなかった文章は、欄の下に並べました。見比べて選んでください。");
    const button = element("button", "button button--secondary button--small", "下書きを捨てて保存済みの内容に戻す");
    button.type = "button";
    this.notice = element("div", "notice notice--info no-print", element("p", "notice__title", kind, title), told, button);
    this.notice.setAttribute("role", "status");
    button.addEventListener("click", () => this.discard());
    this.mark.after(this.notice);
  }

  // --- throwing away --------------------------------------------------------------------------------------
  async forget() {
    const data = Shelf.body(this.owner);
    data.append("parts", this.handedOut().join(" "));
    try {
      const answer = await fetch(`${this.place}discard/`, { method: "POST", body: data, redirect: "manual" });
      return answer.status === 204;
    } catch {
      return false;
    }
  }

  async discard() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (!(await this.forget())) {
      this.say("下書きを捨てられませんでした。もう一度試してください。", true);
      if (this.typed.size > 0) this.plan(Drafts.RETRY);
      return;
    }
    for (const name of this.all.keys()) if (this.value(name) !== undefined) this.put(name, this.shown(name));
    for (const made of [this.notice, ...this.beside]) made.remove();
    this.all.clear();
    this.typed.clear();
    Object.assign(this, { over: [], beside: [] });
    this.shelve();
    this.say("");
    this.form.dispatchEvent(new Event("saved", { bubbles: true }));
  }
}

for (const mark of document.querySelectorAll("[data-form-drafts]")) {
  const drafts = new FormDrafts(mark);
  drafts.listen();
  drafts.comeBack();
}
