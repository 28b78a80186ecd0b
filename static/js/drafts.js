// Keep on the server, every few seconds, what is being typed into a form. What the server does not have yet
// stays on the shelf of this browser (shelf.js). How it is put back is a matter of the two kinds of form:
// sheet_drafts.js and form_drafts.js.
"use strict";

class Drafts {
  static WAIT = 1500;
  static RETRY = 4000;

  constructor(form, owner, address) {
    Object.assign(this, { form, owner, address, typed: new Map(), timer: 0, leaving: false, told: null });
  }

  // What goes to the shelf and to the server: each kind says it in its own way.
  entry() {
    throw new Error("a kind of draft says what it consists of");
  }

  listen() {
    document.addEventListener("input", (event) => this.takes(event.target) && this.note(event.target));
    this.form.addEventListener("submit", () => {
      this.leaving = true;
      this.shelve(true);
    });
    // Back from a page that never came: the save did not arrive, so drafts go on.
    window.addEventListener("pageshow", (event) => {
      this.leaving = false;
      if (event.persisted && this.typed.size > 0) this.plan(Drafts.WAIT);
    });
    // The last words before the window closes still go out.
    window.addEventListener("pagehide", () => {
      if (!this.leaving && this.typed.size > 0) navigator.sendBeacon(this.address, this.body());
    });
  }

  takes(box) {
    return box.form === this.form && box.name && !["hidden", "checkbox", "password", "file"].includes(box.type);
  }

  note(box) {
    this.typed.set(box.name, box.value);
    this.shelve();
    this.plan(Drafts.WAIT);
  }

  body() {
    return Shelf.draft(this.owner, this.entry());
  }

  shelve(submitted = false) {
    return Shelf.put(this.owner, this.address, { ...this.entry(), submitted });
  }

  say(text, isBad) {
    if (!this.told) this.told = document.getElementById("save-state");
    if (!this.told) return;
    this.told.textContent = text;
    this.told.classList.toggle("field__error", Boolean(isBad));
  }

  plan(wait) {
    if (!this.timer) this.timer = window.setTimeout(() => this.keep(), wait);
  }

  async keep() {
    this.timer = 0;
    if (this.typed.size === 0 || this.leaving) return;
    const sent = new Map(this.typed);
    try {
      const answer = await fetch(this.address, { method: "POST", body: this.body(), redirect: "manual" });
      if (answer.status === 204 || answer.status === 200) {
        for (const [name, value] of sent) if (this.typed.get(name) === value) this.typed.delete(name);
        if (!this.leaving) this.shelve();
        const now = new Date();
        this.say(`下書きを保管しました ${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`);
        if (this.typed.size > 0) this.plan(Drafts.WAIT);
        return;
      }
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        this.say("サインインが切れました。別のタブでサインインし直すと、下書きの保管を続けます。", true);
      } else if (answer.status === 409) {
        this.say("別の人がサインインしています。入力した人がサインインし直すまで、この画面の文章は保管も保存もできません。", true);
      } else if (answer.status === 413) {
        this.say(await answer.text(), true);
        return;
      } else {
        this.say("下書きを保管できませんでした。もう一度試します。", true);
      }
    } catch {
      this.say("通信できないため、下書きを保管できません。この画面を閉じずにお待ちください。", true);
    }
    this.plan(Drafts.RETRY);
  }
}
