// What has been typed and the server does not have yet stays in this browser until it has: one entry a sheet
// or form, for the person who typed it. Nobody else's page reads it, and the server takes it from that person only.
// IndexedDB, not localStorage: what it has taken is on the disk at once, not some seconds later.
"use strict";

const Shelf = (() => {
  let opened = null;

  function database() {
    opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open("unsent", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("sheets");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  }

  const sheets = async (mode) => (await database()).transaction("sheets", mode).objectStore("sheets");

  const answer = (asked) =>
    new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  // What a page sends of its own accord: the token (after signing in again in another tab the cookie has the
  // new one), and for whom the page was opened.
  function body(owner) {
    const data = new FormData();
    const box = document.querySelector("[name=csrfmiddlewaretoken]");
    data.append("csrfmiddlewaretoken", cookie("csrftoken") || (box ? box.value : ""));
    data.append("opened_by", owner);
    return data;
  }

  // A sheet says on which version its texts were begun; any other form how often something was typed (turn), which
  // drafts it goes on from (over), and what each box had shown.
  function draft(owner, { version, turn, over, fields }) {
    const data = body(owner);
    if (version !== undefined) data.append("sheet_version", version);
    if (turn !== undefined) data.append("turn", turn);
    if (over) data.append("over", over);
    for (const [name, text, shown] of fields) {
      data.append(`draft.${name}`, text);
      if (shown !== undefined) data.append(`shown.${name}`, shown);
    }
    return data;
  }

  // An entry is {version | turn, over, fields: [[name, text, shown], …], submitted}; one without fields is none.
  async function put(owner, address, entry) {
    try {
      const store = await sheets("readwrite");
      if (entry.fields.length === 0) store.delete(`${owner}:${address}`);
      else store.put(entry, `${owner}:${address}`);
    } catch {
      // A browser without storage has the server's drafts only.
    }
  }

  // All entries whose address begins so: [[address, entry], …].
  async function findAll(owner, beginning) {
    const store = await sheets("readonly");
    const own = `${owner}:`;
    const keys = (await answer(store.getAllKeys())).filter((key) => key.startsWith(own + beginning));
    const all = await Promise.all(keys.map(async (key) => [key.slice(own.length), await find(owner, key.slice(own.length))]));
    return all.filter(([, entry]) => entry);
  }

  const find = async (owner, address) => answer((await sheets("readonly")).get(`${owner}:${address}`));

  // Hand one entry to the server. It answers "kept", or "saved" when the save it was sent with had arrived;
  // anything else means that it stays here.
  async function handOver(owner, address, entry, signal) {
    const sent = draft(owner, entry);
    if (entry.submitted) sent.append("submitted", "1");
    const told = await fetch(address, { method: "POST", body: sent, redirect: "manual", signal });
    return { 200: "saved", 204: "kept" }[told.status];
  }

  async function handOverAll(owner, signal) {
    const hand = async ([address, entry]) => {
      if (await handOver(owner, address, entry, signal)) await put(owner, address, { fields: [] });
    };
    await Promise.all((await findAll(owner, "")).map(hand));
  }

  return { cookie, body, draft, put, find, findAll, handOver, handOverAll };
})();
