/* Live forms: what is asked, totals and hints while somebody types. The server works everything out
 * again and has the last word; without this file forms work too. Expressions are the JSON of
 * forms/expressions/nodes.py; tests/browser/test_expressions.py holds both to the same vectors. */
(function () {
  "use strict";

  // --- values: string, number (NaN: none), boolean, {date: "2021-06-04"}, array (of a repeat) ---

  const DAY = 864e5;
  const finite = (n) => (Number.isFinite(n) ? n : NaN);
  const tidy = (n) => Number(n.toPrecision(15));
  const isDate = (v) => typeof v === "object" && "date" in v;
  const isBlank = (v) => v === "" || v !== v || (Array.isArray(v) && !v.length);

  // The ISO form of a number of days since 1970-01-01, or "".
  function isoOf(days) {
    const day = new Date(Math.trunc(days) * DAY);
    const written = Number.isNaN(day.getTime()) ? "" : day.toISOString().slice(0, 10);
    return /^[0-9]{4}-/.test(written) && written > "0001" ? written : "";
  }

  const isIso = (v) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(v) && isoOf(Date.parse(v) / DAY) === v;

  function number(v) {
    if (typeof v === "number") return v;
    if (typeof v === "boolean") return v ? 1 : 0;
    if (Array.isArray(v)) return v.length ? number(v[0]) : NaN;
    if (isDate(v) || isIso(v)) return Date.parse(text(v)) / DAY;
    const plain = /^[ \t\r\n]*-?([0-9]+(\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*$/.test(v);
    return plain ? finite(Number(v)) : NaN;
  }

  function text(v) {
    if (typeof v === "number") return numberText(v);
    if (Array.isArray(v)) return v.length ? text(v[0]) : "";
    return typeof v === "object" ? v.date : String(v);
  }

  function numberText(n) {
    if (!Number.isFinite(n)) return "";
    const shown = Number.isInteger(n) ? n : tidy(n);
    const written = String(shown);
    return written.includes("e-") ? shown.toFixed(20).replace(/\.?0+$/, "") : written;
  }

  function truth(v) {
    if (typeof v === "number") return Boolean(v);
    return typeof v === "string" || Array.isArray(v) ? v.length > 0 : v !== false;
  }

  function date(v) {
    if (Array.isArray(v)) return v.length ? date(v[0]) : "";
    if (typeof v === "string") return isIso(v) ? {date: v} : "";
    if (typeof v !== "number") return isDate(v) ? v : "";
    return isoOf(v) ? {date: isoOf(v)} : "";
  }

  // --- arithmetic: doubles that behave like the decimals they stand for ---

  function places(n) {
    const found = /(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/.exec(String(n));
    return Math.max(0, (found[1] || "").length - Number(found[2] || 0));
  }

  // A result that ends early is meant to end there: 1.1 * 1.1 is 1.21.
  function near(n) {
    return places(tidy(n)) < 13 ? tidy(n) : n;
  }

  function add(a, b) {
    return Number((a + b).toFixed(Math.min(20, Math.max(places(a), places(b)))));
  }

  function remainder(a, b) {
    const scale = Math.pow(10, Math.min(15, Math.max(places(a), places(b))));
    return (Math.round(a * scale) % Math.round(b * scale)) / scale;
  }

  function shift(n, by) {
    const parts = String(n).split("e");
    return Number(parts[0] + "e" + (Number(parts[1] || 0) + by));
  }

  function round(v, wanted) {
    const n = tidy(number(v));
    const by = Math.max(-15, Math.min(15, Math.trunc(wanted === undefined ? 0 : number(wanted))));
    return Math.sign(n) * shift(Math.round(shift(Math.abs(n), by)), -by);
  }

  const OPERATIONS = {
    "+": add,
    "-": (a, b) => add(a, -b),
    "*": (a, b) => near(a * b),
    "div": (a, b) => near(a / b),
    "mod": remainder,
  };

  const TESTS = {
    "=": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };

  function compare(sign, a, b) {
    const test = TESTS[sign];
    const equality = sign === "=" || sign === "!=";
    const either = (type) => typeof a === type || typeof b === type;
    if (equality && either("boolean")) return test(truth(a), truth(b));
    if (Array.isArray(a) || Array.isArray(b)) {
      return [].concat(a).some((x) => [].concat(b).some((y) => compare(sign, x, y)));
    }
    const numeric = !equality || either("number");
    return numeric ? test(tidy(number(a)), tidy(number(b))) : test(text(a), text(b));
  }

  // --- functions ---

  const words = (v) => text(v).split(/\s+/).filter(Boolean);

  // A blank argument counts; a member of a repeat that was left blank does not.
  function members(all) {
    const opened = (v) => (Array.isArray(v) ? v.filter((member) => !isBlank(member)) : [v]);
    return [].concat(...all.map(opened));
  }

  function aggregate(combine, ofNothing) {
    return function (...all) {
      const numbers = members(all).map(number);
      if (numbers.some(Number.isNaN)) return NaN;
      if (numbers.length) return finite(numbers.reduce((a, b) => combine(a, b)));
      return all.some((v) => v.length) ? NaN : ofNothing;
    };
  }

  function substr(v, start, end) {
    const signs = Array.from(text(v));
    const first = number(start);
    const last = end === undefined ? signs.length : number(end);
    if (Number.isNaN(first + last)) return "";
    const [from, to] = [first, last].map(Math.trunc).map((n) => (n < 0 ? n + signs.length : n));
    return signs.slice(Math.max(0, from), Math.max(0, to)).join("");
  }

  function regex(v, pattern) {
    if (Array.from(text(v)).length > 10000) return false;
    for (const flags of ["u", ""]) {
      try {
        return new RegExp("^(?:" + text(pattern) + ")$", flags).test(text(v));
      } catch (error) {
        // Some patterns are understood only without "u"; one that never is matches nothing.
      }
    }
    return false;
  }

  function selectedAt(v, index) {
    const n = number(index);
    return (n >= 0 && words(v)[Math.trunc(n)]) || "";
  }

  const FUNCTIONS = {
    "true": () => true,
    "false": () => false,
    "not": (v) => !truth(v),
    "boolean": truth,
    "number": number,
    "round": round,
    "int": (v) => Math.trunc(tidy(number(v))),
    "abs": (v) => Math.abs(number(v)),
    "sum": aggregate(add, 0),
    "min": aggregate(Math.min, NaN),
    "max": aggregate(Math.max, NaN),
    "count": (v) => (Array.isArray(v) ? v.length : Number(!isBlank(v))),
    "count-non-empty": (...all) => members(all).filter((v) => !isBlank(v)).length,
    "count-selected": (v) => words(v).length,
    "string-length": (v) => Array.from(text(v)).length,
    "string": text,
    "concat": (...all) => members(all).map(text).join(""),
    "join": (sign, ...all) => members(all).map(text).join(text(sign)),
    "substr": substr,
    "lower-case": (v) => text(v).toLowerCase(),
    "upper-case": (v) => text(v).toUpperCase(),
    "normalize-space": (v) => text(v).replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, ""),
    "contains": (v, part) => text(v).includes(text(part)),
    "starts-with": (v, part) => text(v).startsWith(text(part)),
    "ends-with": (v, part) => text(v).endsWith(text(part)),
    "selected": (v, choice) => words(v).includes(text(choice).trim()),
    "selected-at": selectedAt,
    "regex": regex,
    "date": date,
  };

  // `scope` is {value: function (name), current, today}.
  function evaluate(node, scope) {
    const kind = node[0];
    const at = (index) => evaluate(node[index], scope);
    switch (kind) {
      case "num": return Number(node[1]);
      case "text": return node[1];
      case "ref": return blankOf(scope.value(node[1]));
      case ".": return scope.current;
      case "neg": return 0 - number(at(1));
      case "and": return truth(at(1)) && truth(at(2));
      case "or": return truth(at(1)) || truth(at(2));
      case "call": return call(node, scope, at);
    }
    if (kind in TESTS) return compare(kind, at(1), at(2));
    return finite(OPERATIONS[kind](number(at(1)), number(at(2))));
  }

  const blankOf = (v) => (v !== v ? "" : v);

  function call(node, scope, at) {
    const name = node[1];
    const all = node.slice(2);
    if (name === "today") return {date: scope.today};
    if (name === "if") return truth(at(2)) ? at(3) : at(4);
    const value = (argument) => evaluate(argument, scope);
    if (name !== "coalesce") return FUNCTIONS[name](...all.map(value));
    const first = all.slice(0, -1).map(value).find((v) => !isBlank(v));
    return first === undefined ? value(all[all.length - 1]) : first;
  }

  // --- what is typed ---

  function clean(typed) {
    const lines = typed.replace(/[\u200b-\u200d\ufeff\u00ad]/g, "").replace(/[\u00a0\u202f]/g, " ");
    return lines.normalize("NFC").replace(/[ \t]+/g, " ").replace(/ *\n/g, "\n").trim();
  }

  // As language/numbers.py reads them: pattern, signs to drop, decimal sign.
  const INTEGERS = [[/^-?([0-9]+|[1-9][0-9]{0,2}([., ])[0-9]{3}(\2[0-9]{3})*)$/, /[., ]/g, ","]];
  const DECIMALS = [
    [/^-?([0-9]+|[1-9][0-9]{0,2}([. ])[0-9]{3}(\2[0-9]{3})*)(,[0-9]+)?$/, /[. ]/g, ","],
    [/^-?[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]+$/, /,/g, "."],
    [/^-?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$/, /,/g, "."],
    [/^-?([0-9]+\.[0-9]{1,2}|0\.[0-9]+)$/, "", "."],
  ];

  function readNumber(typed, readings) {
    const bare = typed.replace("\u2212", "-").replace(/ ?%$/, "");
    const found = readings.find((reading) => reading[0].test(bare));
    const n = found ? Number(bare.replace(found[1], "").replace(found[2], ".")) : NaN;
    return Math.abs(n) <= 1e15 ? n : "";
  }

  function readDate(typed) {
    const parts = /^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})$/.exec(typed);
    if (!parts) return date(typed);
    return date([parts[4], parts[3].padStart(2, "0"), parts[1].padStart(2, "0")].join("-"));
  }

  // A telephone number as people write it; without its spaces it is an answer.
  const PHONE = /^[+(]?[0-9][0-9 .()-]{7,20}$/;

  const READERS = {
    integer: (typed) => readNumber(typed, INTEGERS),
    decimal: (typed) => readNumber(typed, DECIMALS),
    date: readDate,
    contact: (typed) => (PHONE.test(typed) ? typed.replace(/[ .()-]/g, "") : typed),
  };

  function typedText(inputs) {
    const first = inputs[0];
    if (!first) return "";
    if (first.type === "file") return first.files.length ? first.files[0].name : "";
    if (first.type === "select-multiple") {
      return Array.from(first.selectedOptions, (option) => option.value).join(" ");
    }
    if (first.type !== "radio" && first.type !== "checkbox") return clean(first.value);
    return inputs.filter((input) => input.checked).map((input) => input.value).join(" ");
  }

  // --- what is shown ---

  function show(v) {
    const signs = document.documentElement.lang === "vi" ? [".", ","] : [",", "."];
    if (isBlank(v)) return "\u2013";
    if (isDate(v)) return v.date.split("-").reverse().join("/");
    if (typeof v !== "number") return text(v);
    const parts = numberText(v).split(".");
    parts[0] = parts[0].replace(/\B(?=([0-9]{3})+$)/g, signs[0]);
    return parts.join(signs[1]);
  }

  // --- one form ---

  // Thrown when an expression needs a question that is on another page: the server's word stays.
  const ELSEWHERE = {};

  function attempt(act, otherwise) {
    try {
      return act();
    } catch (error) {
      if (error !== ELSEWHERE) throw error;
      return otherwise;
    }
  }

  function Form(form) {
    const parts = [];
    const byKey = Object.create(null);
    const instancesOf = Object.create(null);
    const given = JSON.parse(form.dataset.values || "{}");
    const today = new Date(Date.now() + 7 * 36e5).toISOString().slice(0, 10);
    let pass = {};

    function addPart(element) {
      const d = element.dataset;
      const holder = element.parentElement.closest("[data-instance]");
      const instance = holder ? holder.dataset.instance : "";
      const name = d.question || d.group || d.name;
      const key = instance ? instance + "-" + name : name;
      const part = {element, instance, key, type: "contact" in d ? "contact" : d.type};
      for (const kind of ["relevant", "calculation", "constraint"]) {
        part[kind] = d[kind] ? JSON.parse(d[kind]) : null;
      }
      part.parent = parts.find((p) => p.element === element.parentElement.closest("[data-group]"));
      const inputs = Array.from(element.querySelectorAll("[name]"));
      part.inputs = inputs.filter((input) => input.name === key);
      parts.push(part);
      byKey[part.key] = part;
      if (instance) (instancesOf[name] = instancesOf[name] || []).push(part);
    }

    function isFilled(holder) {
      return parts.some((p) => p.instance === holder && typedText(p.inputs));
    }

    // The instances that count: those in which something is typed, or one that has to be filled.
    function instances(repeat) {
      const holders = repeat.element.querySelectorAll("[data-instance]");
      const all = Array.from(holders, (holder) => holder.dataset.instance);
      const filled = all.filter(isFilled);
      return filled.length || !repeat.relevant ? filled : all.slice(0, 1);
    }

    function once(part, kind, work) {
      const key = kind + " " + part.key;
      if (!(key in pass)) {
        pass[key] = "";
        pass[key] = attempt(work, ELSEWHERE);
      }
      if (pass[key] === ELSEWHERE) throw ELSEWHERE;
      return pass[key];
    }

    function isAsked(part) {
      return once(part, "asked", () => {
        if (part.parent && !isAsked(part.parent)) return false;
        const shown = part.element.tagName === "OUTPUT" || !part.element.hidden;
        return !part.relevant || attempt(() => truth(run(part.relevant, part)), shown);
      });
    }

    function valueOf(part) {
      return once(part, "value", () => {
        const isRepeat = "group" in part.element.dataset;
        if (!isAsked(part)) return isRepeat ? [] : "";
        if (part.calculation) return blankOf(run(part.calculation, part));
        if (isRepeat) return instances(part).map((_, index) => String(index + 1));
        const typed = typedText(part.inputs);
        return typed && part.type in READERS ? READERS[part.type](typed) : typed;
      });
    }

    function value(name, instance) {
      const part = byKey[instance + "-" + name] || byKey[name];
      if (part) return valueOf(part);
      if (name in instancesOf) {
        const repeat = parts.find((p) => p.element.contains(instancesOf[name][0].element));
        const counted = isAsked(repeat) ? instances(repeat) : [];
        return counted.map((holder) => valueOf(byKey[holder + "-" + name]));
      }
      if (name in given) return given[name];
      throw ELSEWHERE;
    }

    function run(node, part, current) {
      return evaluate(node, {value: (name) => value(name, part.instance), current, today});
    }

    function update() {
      pass = {};
      for (const part of parts) {
        if (part.element.tagName !== "OUTPUT") part.element.hidden = !isAsked(part);
        if (part.told) check(part, part.told);
      }
      for (const span of form.querySelectorAll("[data-value]")) {
        const holder = span.closest("[data-instance]");
        const instance = holder ? holder.dataset.instance : "";
        attempt(() => { span.textContent = show(value(span.dataset.value, instance)); });
      }
    }

    function check(part, input) {
      const understood = attempt(() => valueOf(part), "");
      // What is missing or cannot be read is left to the server, and so is what it said of it.
      if (isBlank(understood) && !(part.told && !input.value)) return;
      const allowed = isBlank(understood) ||
        attempt(() => truth(run(part.constraint, part, understood)), true);
      tell(input, allowed ? "" : part.element.dataset.constraintMessage || "");
      part.told = allowed ? null : input;
    }

    function tell(input, message) {
      const id = "error-" + input.name;
      let place = document.getElementById(id);
      if (!place) {
        place = document.createElement("div");
        place.id = id;
        place.className = "invalid-feedback d-block";
        input.insertAdjacentElement("afterend", place);
        const described = input.getAttribute("aria-describedby") || "";
        input.setAttribute("aria-describedby", (described + " " + id).trim());
      }
      place.textContent = message;
      if (message) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }

    form.querySelectorAll("[data-question], [data-group], [data-name]").forEach(addPart);
    form.addEventListener("input", update);
    form.addEventListener("change", update);
    form.addEventListener("focusout", (event) => {
      const part = byKey[event.target.name];
      if (part && part.constraint && event.target.matches("input[type=text], textarea")) {
        check(part, event.target);
      }
    });

    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    window.addEventListener("pageshow", () => {
      sent = false;
      update();
    });
    update();
  }

  window.phieu = {
    evaluate: (node, values, current, today) =>
      evaluate(node, {value: (name) => (name in values ? values[name] : ""), current, today}),
  };

  function start() {
    document.querySelectorAll("form[data-phieu]").forEach((form) => new Form(form));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
