/* Keeps on this device what is typed and not sent, offers it back, and lets the pages of a link be
 * opened without network. Nothing is sent from here. Without this file forms work too. */
(() => {
  const {typed, outbox, forget} = self.phieuStore;
  const quietly = (promise) => promise.catch(() => {});
  const byId = (id) => document.getElementById(id);

  // A page that says that something was received.
  const received = document.querySelector("[data-received]");
  if (received) quietly(forget(received.dataset.received));
  // A page on which somebody chooses between two answers holds them all.
  const settling = document.querySelector("[data-settle]");
  settling?.addEventListener("submit", () => quietly(forget(settling.dataset.settle)));

  const box = byId("keeping");
  if (!box) return;
  const {home, version} = box.dataset;

  // --- without network ---

  const worker = navigator.serviceWorker;
  const tell = (message) => worker?.ready.then(({active}) => active.postMessage(message));

  const addresses = () => {
    const pages = (box.dataset.pages || "").split(" ").filter(Boolean);
    return {page: location.pathname + location.search, pages};
  };

  // "whole": the form in place of a page that is not kept.
  const {cached} = document.documentElement.dataset;
  const isCached = cached !== undefined;
  if (worker) {
    const register = () => quietly(worker.register("/sw.js").then(() => tell({keep: addresses()})));
    if (!isCached) setTimeout(register, 500);
    tell({flush: true});
    addEventListener("online", () => tell({flush: true}));
  }

  const showWaiting = async () => {
    const all = await outbox.all();
    byId("waiting").hidden = !all.some((one) => one.home === home && one.state !== "sent");
  };
  worker?.addEventListener("message", () => quietly(showWaiting()));
  quietly(showWaiting());

  const form = document.querySelector("form[data-phieu]");
  if (!form) {
    if (isCached) byId("cached").hidden = false;
    return;
  }

  const page = `${home}/${version}`;

  // --- what is typed ---

  const isTick = (input) => /radio|checkbox/.test(input.type);
  const isTyped = (input) => input.name && input.name !== "remove" && !input.readOnly &&
    !/hidden|file|submit|button/.test(input.type);
  const inputs = (name) => [...form.elements].filter((one) => isTyped(one) && (!name || one.name === name));

  const texts = (input, first) => {
    if (isTick(input)) return (first ? input.defaultChecked : input.checked) ? [input.value] : [];
    if (!input.options) return [first ? input.defaultValue : input.value];
    const chosen = [...input.options].filter((one) => (first ? one.defaultSelected : one.selected));
    return chosen.map((one) => one.value);
  };

  // What stands in the form by name, or what the server sent out in it.
  const read = (first) => {
    const found = {};
    for (const input of inputs()) (found[input.name] ??= []).push(...texts(input, first));
    return found;
  };

  const filled = (all = []) => JSON.stringify(all.filter((text) => text.trim()).map(
    (text) => text.replace(/\r\n/g, "\n")));
  const same = (one, other) => filled(one) === filled(other);

  // Make room for an instance of a repeat that is not on the page.
  const makeRoom = (name) => {
    const [, repeat] = /^(\w+)-\d+-/.exec(name) || [];
    const add = repeat && form.querySelector(`button[value="add:${repeat}"]`);
    for (let tries = 0; add && !inputs(name).length && tries < 100; tries += 1) add.click();
  };

  const write = (name, values) => {
    makeRoom(name);
    inputs(name).forEach((input, index) => {
      if (isTick(input)) input.checked = values.includes(input.value);
      else if (input.multiple) for (const one of input.options) one.selected = values.includes(one.value);
      else input.value = values[index] ?? "";
      input.dispatchEvent(new Event("input", {bubbles: true}));
    });
    return inputs(name).length > 0;
  };

  // --- what is said of it: seen at every change, told aloud when it is another kind of thing ---

  let kind = "";
  const say = (text, ofKind = text) => {
    byId("save-state").textContent = text;
    if (ofKind !== kind) byId("save-told").textContent = text;
    kind = ofKind;
  };

  // --- the mirror on this device ---

  let saved = read(true);
  let offered;
  let off = false;
  // Sent: what is kept is what was sent, until somebody types again. Whoever takes it in erases it.
  let leaving = false;
  let timer;

  const changes = () => {
    const now = read();
    const names = new Set([...Object.keys(now), ...Object.keys(saved)]);
    return Object.fromEntries([...names].filter((name) => !same(now[name], saved[name]))
      .map((name) => [name, now[name] || []]));
  };

  const mirror = async () => {
    clearTimeout(timer);
    if (off || leaving) return;
    const now = {...offered?.typed, ...changes()};
    const was = Object.fromEntries(Object.keys(now).map((n) => [n, offered?.was[n] ?? saved[n] ?? []]));
    const {seen, base, instance} = offered || keeping;
    await (Object.keys(now).length
      ? typed.put({page, typed: now, was, seen, base, instance})
      : typed.remove(page));
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => quietly(mirror()), 300);
  };

  const isHere = (name) => inputs(name).length ||
    form.querySelector(`button[value="add:${name.split("-")[0]}"]`);

  const elsewhere = (left) => Object.keys(left.typed).filter((name) => !isHere(name));

  // Offer what an earlier page has left: only what is not in this one already.
  const offer = async () => {
    const left = await typed.get(page);
    if (!left) return;
    const now = read();
    const names = Object.keys(left.typed).filter((name) => isHere(name));
    if (names.every((name) => same(now[name], left.typed[name]))) {
      await keeping.leave(left, elsewhere(left));
      return;
    }
    offered = left;
    byId("restore").hidden = false;
  };

  const settled = (act) => () => {
    const left = offered;
    offered = undefined;
    byId("restore").hidden = true;
    if (act) {
      const now = read();
      for (const [name, values] of Object.entries(left.typed)) {
        if (isHere(name)) keeping.restore(name, values, left.was[name], now[name]);
      }
      quietly(keeping.leave(left, elsewhere(left)));
    }
    quietly(mirror());
    form.querySelector("input:not([type=hidden]),select,textarea")?.focus();
  };

  byId("restore-yes").addEventListener("click", settled(true));
  byId("restore-no").addEventListener("click", settled(false));
  const typing = () => {
    leaving = false;
    later();
  };
  form.addEventListener("input", typing);
  form.addEventListener("change", typing);
  form.addEventListener("click", later);
  document.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    quietly(mirror());
    leaving = true;
  });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("pagehide", () => quietly(mirror()));

  // What static/draft.js goes on from.
  const keeping = self.phieuKeeping = {
    form,
    box,
    inputs,
    changes,
    same,
    write,
    mirror,
    say,
    seen: 0,
    base: "",
    instance: "",
    // What the server has: what is typed is measured against it.
    take: (name, values) => { saved[name] = values; },
    restore: (name, values) => write(name, values),
    // Keep some of what is left until the page it belongs to is opened.
    hold: (left, names) => {
      const some = Object.fromEntries(names.map((name) => [name, left.typed[name]]));
      offered = names.length ? {...left, typed: some} : undefined;
    },
    // What is left of another page: without drafts it goes.
    leave: () => mirror(),
  };

  if (isCached) say(box.dataset[cached || "cached"], "offline");

  // Without a worker that could keep it, a browser would show its own page and forget the form.
  document.addEventListener("submit", (event) => {
    if (navigator.onLine || worker?.controller || event.target !== form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    quietly(mirror());
    say(box.dataset.offline, "offline");
  }, true);

  // --- a device that others use ---

  const erase = byId("erase");
  erase.hidden = false;
  erase.addEventListener("click", async () => {
    if (!confirm(erase.dataset.ask)) return;
    off = true;
    offered = undefined;
    byId("restore").hidden = true;
    await quietly(Promise.all([typed.clear(), outbox.clear()]));
    for (const name of await (self.caches?.keys() ?? [])) await caches.delete(name);
    for (const one of await (worker?.getRegistrations() ?? [])) await one.unregister();
    say(erase.dataset.done);
  });

  // Not before a browser has filled in by itself what it remembers.
  addEventListener("pageshow", () => setTimeout(() => quietly(offer()), 0), {once: true});
})();
