// A section's own sheet: what is typed goes to the server box by box, on the version on which it was begun, and
// the server puts it back into the page it sends (`data-drafts`, `data-owner`, `data-unsaved`).
"use strict";

class SheetDrafts extends Drafts {
  entry() {
    return { version: this.form.elements.sheet_version.value, fields: [...this.typed] };
  }

  shown(name) {
    const box = this.form.elements[name];
    return box ? box.value.replace(/\r\n/g, "\n") : undefined;
  }

  // The window broke down before everything had gone out: hand it over now, and let the server put it back as it
  // does with every draft.
  async unshelve() {
    const isUnsaved = "unsaved" in this.form.dataset;
    try {
      const left = await Shelf.find(this.owner, this.address);
      if (!left) return;
      // A page that says what a save lacks shows what was typed and has not stored it.
      const fields = left.fields.filter(([name, value]) => isUnsaved || this.shown(name) !== value);
      const told = fields.length > 0 ? await Shelf.handOver(this.owner, this.address, { ...left, fields }) : "shown";
      if (!told || this.typed.size > 0) return;
      await this.shelve();
      if (told === "kept" && !isUnsaved) location.reload();
    } catch {
      // No connection yet: it stays where it is for the next time.
    }
  }
}

for (const form of document.querySelectorAll("form[data-drafts]")) {
  const drafts = new SheetDrafts(form, form.dataset.owner, form.dataset.drafts);
  drafts.listen();
  drafts.unshelve();
}
