/* Saves a unit's draft while it is typed: only what has changed, a moment after typing stops. What
 * others have typed since is filled in where nobody typed here; where somebody did, both are shown.
 * Without this file the buttons save. */
(() => {
  const keeping = self.phieuKeeping;
  if (!keeping) return;
  const {form, box, inputs, changes, same, write, mirror, say} = keeping;
  const PAUSE = 3000;
  const LONGEST_PAUSE = 60000;
  // So long a saving may take before it is told, or a button waits for it, or it is given up.
  const PATIENCE = 5000;
  const LONGEST_WAIT = 60000;
  const said = box.dataset;

  keeping.seen = +form.elements["page-seen"].value;
  keeping.base = form.elements.base.value;
  keeping.instance = form.elements.instance.value;
  // What a review has shown: it sends nothing else.
  let shownSeen = keeping.seen;
  let shownBase = keeping.base;
  let overtaken = false;
  // What others have typed where somebody typed here: name -> texts.
  const conflicts = new Map();
  let request;
  let failures = 0;
  let timer;
  let leaving = false;

  const wait = (pause) => new Promise((done) => { setTimeout(done, pause); });

  const unsaved = () => Object.fromEntries(
    Object.entries(changes()).filter(([name]) => !conflicts.has(name)));

  const isUnsaved = () => Object.keys(unsaved()).length > 0;

  const bodyOf = (typed, {seen, base, instance}) => {
    const body = new URLSearchParams({base, instance, version: said.version, "page-seen": seen});
    const blank = [];
    for (const [name, values] of Object.entries(typed)) {
      if (values.some((text) => text.trim())) values.forEach((text) => body.append(name, text));
      else blank.push(name);
    }
    if (blank.length) body.set("page-blank", blank.join(" "));
    return body;
  };

  const post = (typed, from, keepalive) => fetch(said.save, {
    method: "POST", body: bodyOf(typed, from), keepalive, credentials: "same-origin",
    signal: self.AbortSignal?.timeout?.(LONGEST_WAIT),
  });

  // Take over what the server says after a saving.
  const understand = (typed, answer) => {
    for (const [name, values] of Object.entries(typed)) {
      if (!(name in answer.conflicts)) keeping.take(name, values);
    }
    const open = changes();
    for (const [name, values] of Object.entries({...answer.others, ...answer.conflicts})) {
      keeping.take(name, values);
      if (name in answer.conflicts || (name in open && !same(open[name], values))) ask(name, values);
      else write(name, values);
    }
    keeping.seen = answer.number;
    keeping.base = String(answer.base);
    overtaken ||= "review" in said && Object.keys(answer.others).some((name) => !inputs(name).length);
    if (!overtaken) [shownSeen, shownBase] = [keeping.seen, keeping.base];
  };

  const work = async (keepalive, always) => {
    const typed = unsaved();
    if (!always && !Object.keys(typed).length) return mirror();
    // What was said of an earlier saving is not true of this one.
    const slow = setTimeout(() => isUnsaved() && say(said.retrying, "retrying"), PATIENCE);
    let answer;
    try {
      answer = await post(typed, keeping, keepalive);
    } catch {
      return fail(said.offline, "offline");
    } finally {
      clearTimeout(slow);
    }
    if (answer.status >= 500 || answer.status === 429) return fail(said.retrying, "retrying");
    if (!answer.ok) return say(said.refused, "refused");
    failures = 0;
    const told = await answer.json();
    understand(typed, told);
    await mirror();
    if (conflicts.size) say(said.conflict, "conflict");
    else if (Object.keys(typed).length) say(told.said, told.shut || "saved");
    if (isUnsaved()) soon();
  };

  const fail = async (text, kind) => {
    failures += 1;
    await mirror().then(() => say(text, kind), () => say(said.retrying, "retrying"));
    soon(Math.min(LONGEST_PAUSE, PAUSE * 2 ** failures));
  };

  // One saving at a time: what is typed meanwhile goes with the next.
  const save = (keepalive = false, always = false) => {
    clearTimeout(timer);
    if (leaving) return Promise.resolve();
    request ??= work(keepalive, always).catch(() => {}).finally(() => { request = undefined; });
    return request;
  };

  const soon = (pause = PAUSE) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };

  // --- two answers to one question ---

  const shown = (name, values) => values.map((value) => {
    const one = inputs(name).find((input) => input.value === value && input.labels?.length && !/text/.test(input.type));
    const option = inputs(name).flatMap((input) => [...(input.options || [])]).find((o) => o.value === value);
    return option ? option.text : one ? one.labels[0].textContent.trim() : value;
  }).filter(Boolean).join(", ") || said.blank;

  const ask = (name, values) => {
    conflicts.get(name)?.remove();
    const asked = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
    const question = inputs(name)[0]?.closest("[data-question], .reason");
    if (!question) return;
    asked.querySelector("[data-theirs]").textContent = shown(name, values);
    const choose = (theirs) => () => {
      conflicts.delete(name);
      asked.remove();
      if (theirs) write(name, values);
      inputs(name)[0].focus();
      soon(0);
    };
    const [take, stay] = asked.querySelectorAll("button");
    take.addEventListener("click", choose(true));
    stay.addEventListener("click", choose(false));
    (question.tagName === "TR" ? question.firstElementChild : question).append(asked);
    conflicts.set(name, asked);
  };

  keeping.restore = (name, values, was, now) => {
    write(name, values);
    if (!same(was, now) && !same(now, values)) ask(name, now || []);
  };

  // What is left of another section goes where it would have gone.
  keeping.leave = async (left, names) => {
    const typed = Object.fromEntries(names.map((name) => [name, left.typed[name]]));
    if (names.length) {
      const answer = await post(typed, left);
      keeping.hold(left, answer.ok ? Object.keys((await answer.json()).conflicts) : names);
      save(false, true);
    }
    await mirror();
  };

  // --- when ---

  form.addEventListener("input", () => soon());
  form.addEventListener("change", () => soon());
  form.addEventListener("click", (event) => { if (event.target.closest("[value^='add:'],[value^='remove:']")) soon(); });
  addEventListener("online", () => soon(0));
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  addEventListener("pagehide", () => save(true));

  // Whoever comes back sees an older page, and a reload may overtake the last saving: ask what has
  // happened since.
  addEventListener("pageshow", (event) => {
    leaving = false;
    const [navigation] = performance.getEntriesByType("navigation");
    if (event.persisted || /back_forward|reload/.test(navigation?.type)) save(false, true);
    else if (isUnsaved()) soon();
  });

  // A page that is left by a link is saved first, so that the next one shows it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!link || !plain || link.target || event.defaultPrevented || link.origin !== location.origin) return;
    if (link.getAttribute("href").startsWith("#") || (!request && !isUnsaved())) return;
    event.preventDefault();
    const go = () => { location.href = link.href; };
    Promise.race([save(), wait(2000)]).then(go);
  });

  // A button waits a while for what is under way: the page would be behind what it has saved.
  let waited = false;
  document.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    clearTimeout(timer);
    if (!request || waited) {
      leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const {submitter} = event;
    Promise.race([request, wait(PATIENCE)]).then(() => {
      waited = true;
      form.requestSubmit(submitter);
      waited = false;
    });
  }, true);

  form.addEventListener("formdata", ({formData}) => {
    formData.set("page-seen", shownSeen);
    formData.set("base", shownBase);
    formData.set("page-touched", [...Object.keys(changes()), ...conflicts.keys()].join(" "));
    formData.set("page-open", [...conflicts.keys()].join(" "));
  });
})();
