/* Live forms: what is asked, totals, choices and hints while somebody types. The server works
 * everything out again and has the last word; without this file forms work too. Expressions are the
 * JSON of forms/expressions/nodes.py; tests/browser/test_expressions.py holds both to the same
 * vectors. What is served is this file minified (views/assets.py); it stays under 12 KB. */
(() => {
  // --- values: text, number (NaN: none), boolean, or an array (of a repeat). Dates and hours are
  // their ISO text, local, without seconds that nobody typed: 2021-06-04, 2021-06-04T14:05, 14:05 ---

  const DAY = 864e5;
  const CLOCK = "((?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,6})?)?)(Z|[+-]\\d\\d:?\\d\\d)?";
  const TIME = new RegExp(`^${CLOCK}$`);
  const MOMENT = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)(?:T${CLOCK})?$`);

  const {abs, ceil, floor, max, min} = Math;
  const isList = Array.isArray;
  const isNumber = (v) => typeof v === "number";
  const isBlank = (v) => v !== v || v?.length === 0;
  const finite = (n) => (isFinite(n) ? n : NaN);
  const tidy = (n) => +n.toPrecision(15);
  // Not Math.trunc: the minifier takes it for `| 0`.
  const whole = (n) => (n < 0 ? ceil(n) : floor(n));
  const truth = (v) => !!(isList(v) ? v.length : v);
  const signsOf = (v) => [...text(v)];
  const words = (v) => text(v).match(/\S+/g) || [];

  // The ISO form of a moment in milliseconds since 1970, or "" outside of the years 1 to 9999.
  const stamp = (milliseconds) => {
    const written = abs(milliseconds) < 8e15 ? new Date(milliseconds).toISOString() : "";
    return written > "0001" ? written.slice(0, 19) : "";
  };

  // The ISO form, with seconds, of the date and hour that a value stands for, or "".
  const moment = (v) => {
    if (isNumber(v)) return stamp(Math.round(v * 86400) * 1000);
    const [, day, clock, zone] = MOMENT.exec(text(v)) || [];
    const written = stamp(Date.parse(`${day}T${clock || "00:00"}Z`));
    if (!zone) return written.startsWith(day) ? written : "";
    const minutes = zone > "Y" ? 0 : (zone[0] + 1) * (zone.slice(1, 3) * 60 + +zone.slice(-2));
    return stamp(Date.parse(written + "Z") + (420 - minutes) * 6e4);
  };

  // The time of day that a value is or has, with seconds, or "".
  const clock = (v) => {
    const found = TIME.exec(text(v));
    return (found ? found[1] + ":00" : moment(v).slice(11)).slice(0, 8);
  };

  const short = (written) => written.replace(/(:\d\d):00$/, "$1");
  const dateOf = (v) => moment(v).slice(0, 10);
  const momentOf = (v) => short(moment(v));
  const days = (written) => Date.parse(written + "Z") / DAY;
  const partOfDay = (v) => days("1970-01-01T" + clock(v));

  const number = (v) => {
    if (isNumber(v)) return v;
    if (v === !!v) return +v;
    if (isList(v)) return v.length ? number(v[0]) : NaN;
    if (/^[ \t\r\n]*-?(\d+(\.\d*)?|\.\d+)[ \t\r\n]*$/.test(v)) return finite(+v);
    return moment(v) ? days(moment(v)) : partOfDay(v);
  };

  const text = (v) => {
    if (isList(v)) return v.length ? text(v[0]) : "";
    if (!isNumber(v)) return `${v}`;
    const shown = v % 1 ? tidy(v) : v;
    if (!isFinite(v)) return "";
    return /e-/.test(shown) ? shown.toFixed(20).replace(/\.?0+$/, "") : `${shown}`;
  };

  // --- arithmetic: doubles that behave like the decimals they stand for ---

  const places = (n) => {
    const [, decimals = "", exponent = 0] = /(?:\.(\d+))?(?:e(.+))?$/.exec(n);
    return max(0, decimals.length - exponent);
  };

  // A result that ends early is meant to end there: 1.1 * 1.1 is 1.21.
  const near = (n) => (places(tidy(n)) < 13 ? tidy(n) : n);

  const add = (a, b) => +(a + b).toFixed(min(20, max(places(a), places(b))));

  const round = (v, wanted = 0) => {
    const n = tidy(number(v));
    const scale = 10 ** max(-15, min(15, whole(number(wanted))));
    return Math.sign(n) * near(Math.round(near(abs(n) * scale)) / scale);
  };

  const OPERATIONS = {
    "+": add,
    "-": (a, b) => add(a, -b),
    "*": (a, b) => near(a * b),
    "div": (a, b) => near(a / b),
    "mod": (a, b) => add(a, -near(b * whole(near(a / b)))),
  };

  const compare = (sign, a, b) => {
    const either = (type) => typeof a === type || typeof b === type;
    const equality = /^!?=/.test(sign);
    if (equality && either("boolean")) [a, b] = [truth(a), truth(b)];
    else if (isList(a) || isList(b)) {
      return [a].flat().some((x) => [b].flat().some((y) => compare(sign, x, y)));
    }
    else [a, b] = [a, b].map(!equality || either("number") ? (v) => tidy(number(v)) : text);
    return {"=": a === b, "!=": a !== b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign];
  };

  // --- functions ---

  // A blank argument counts; a member of a repeat that was left blank does not.
  const members = (all) => all.flatMap((v) => (isList(v) ? v.filter((one) => !isBlank(one)) : v));

  const aggregate = (combine, ofNothing) => (...all) => {
    const numbers = members(all).map(number);
    if (numbers.some(isNaN)) return NaN;
    if (numbers.length) return finite(numbers.reduce((a, b) => combine(a, b)));
    return all.some(truth) ? NaN : ofNothing;
  };

  const mathematical = (work) => (...all) => {
    const numbers = all.map(number);
    return numbers.some(isNaN) ? NaN : finite(+work(...numbers).toPrecision(14));
  };

  const ofTexts = (work) => (...all) => work(...all.map(text));

  const weigh = (limits, values, weights = values.map(() => 1)) => {
    const total = weights.filter((_, index) => values[index]).map(number).reduce(add, 0);
    const [low, high] = limits.map(number);
    return (low === -1 || total >= low) && (high === -1 || total <= high);
  };

  const substr = (v, start, end = Infinity) => {
    const [from, to] = [start, end].map((place) => whole(number(place)));
    return isNaN(from + to) ? "" : signsOf(v).slice(from, to).join("");
  };

  const regex = (v, pattern) => {
    for (const flags of ["u", ""]) {
      try {
        return signsOf(v).length <= 1e4 && new RegExp(`^(?:${text(pattern)})$`, flags).test(text(v));
      } catch (error) {
        // Some patterns are understood only without "u"; one that never is matches nothing.
      }
    }
    return false;
  };

  // The member at a place, which counts from 0.
  const member = (all, place) => all[floor(place)] ?? "";

  const translate = (v, ...signs) => {
    const [from, to] = signs.map(signsOf);
    return signsOf(v).map((sign) => (from.includes(sign) ? to[from.indexOf(sign)] : sign)).join("");
  };

  // ODK XForms, `format-date`.
  const formatted = (v, pattern) => {
    const written = moment(v) || (clock(v) && "0001-01-01T" + clock(v));
    const [Y, m, d, H, M, S] = written.split(/[-T:]/);
    const day = floor(days(written));
    const weekday = (day + 3) % 7;
    const thursday = new Date((day - weekday + 3) * DAY);
    const W = 1 + floor((thursday - Date.UTC(thursday.getUTCFullYear(), 0)) / DAY / 7);
    const name = (names, index) => names.substr(index * 3, 3).trim();
    const b = inVietnamese ? "thg " + +m : name("JanFebMarAprMayJunJulAugSepOctNovDec", m - 1);
    const a = name(inVietnamese ? "T2 T3 T4 T5 T6 T7 CN" : "MonTueWedThuFriSatSun", weekday);
    const tokens = {Y, y: Y.slice(2), m, n: +m, b, d, e: +d, H, h: +H, M, S, a, W, 3: "000"};
    return written && text(pattern).replace(/%([YymnbdeHhMS3aW])/g, (_, token) => tokens[token]);
  };

  const FUNCTIONS = {
    "true": () => true,
    "false": () => false,
    "not": (v) => !truth(v),
    "boolean": truth,
    "boolean-from-string": (v) => /^(true|1)$/i.test(text(v)),
    "checklist": (least, most, ...all) => weigh([least, most], all.flat()),
    "weighted-checklist": (least, most, ...pairs) => weigh(
      [least, most], ...[0, 1].map((odd) => pairs.filter((_, at) => at % 2 === odd).flat())),
    "coalesce": (...all) => all.find((v) => !isBlank(v)) ?? all.pop(),
    number,
    round,
    "int": (v) => whole(tidy(number(v))),
    "floor": (v) => floor(tidy(number(v))),
    "ceiling": (v) => ceil(tidy(number(v))),
    "abs": (v) => abs(number(v)),
    "sum": aggregate(add, 0),
    "min": aggregate(min, NaN),
    "max": aggregate(max, NaN),
    "exp10": mathematical((n) => 10 ** n),
    "pi": mathematical(() => Math.PI),
    "random": Math.random,
    "count": (v) => (isList(v) ? v.length : +!isBlank(v)),
    "count-non-empty": (...all) => members(all).filter((v) => !isBlank(v)).length,
    "count-selected": (v) => words(v).length,
    "string-length": (v) => signsOf(v).length,
    "string": text,
    "concat": (...all) => members(all).map(text).join(""),
    "join": (sign, ...all) => members(all).map(text).join(text(sign)),
    substr,
    "substring-before": ofTexts((t, sign) => t.slice(0, max(0, t.indexOf(sign)))),
    "substring-after": ofTexts((t, sign) => t.slice((t + sign).indexOf(sign) + sign.length)),
    translate,
    "lower-case": ofTexts((t) => t.toLowerCase()),
    "upper-case": ofTexts((t) => t.toUpperCase()),
    "normalize-space": ofTexts((t) => t.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "")),
    "contains": ofTexts((t, other) => t.includes(other)),
    "starts-with": ofTexts((t, other) => t.startsWith(other)),
    "ends-with": ofTexts((t, other) => t.endsWith(other)),
    "selected": (v, choice) => words(v).includes(text(choice).trim()),
    "selected-at": (v, index) => member(words(v), number(index)),
    "indexed-repeat": (all, _, index) => member(isList(all) ? all : [], number(index) - 1),
    regex,
    "date": dateOf,
    "date-time": momentOf,
    "decimal-date-time": (v) => days(moment(v)),
    "decimal-time": partOfDay,
    "format-date": formatted,
    "format-date-time": formatted,
  };

  for (const name of words("pow sqrt exp log log10 sin cos tan asin acos atan atan2")) {
    FUNCTIONS[name] = mathematical(Math[name]);
  }

  // What works out its own arguments, or looks around: at(2) is the first argument.
  const FORMS = {
    "if": (at) => at(truth(at(2)) ? 3 : 4),
    "once": (at, scope) => (isBlank(scope.current) ? at(2) : scope.current),
    "position": (at, scope) => scope.position(),
    "today": (at, scope) => dateOf(scope.now),
    "now": (at, scope) => momentOf(scope.now),
    "previous": (at, scope) => scope.previous(at(2)),
    "jr:choice-name": (at, scope) => scope.labels(at(3), at(2)),
    "pulldata": (at, scope) => scope.look([2, 3, 4].map(at), text(at(5))),
  };

  // Thrown when an expression needs what this page does not have: the server's word stays.
  const ELSEWHERE = {};

  const attempt = (act, otherwise) => {
    try {
      return act();
    } catch (error) {
      if (error !== ELSEWHERE) throw error;
      return otherwise;
    }
  };

  // What an expression is worked out by, for each kind of node but the comparisons: the name that
  // the node holds, and its parts by their places, at(1) the first.
  const NODES = {
    "num": (scope, name) => +name,
    "text": (scope, name) => name,
    "ref": (scope, name) => scope.value(name),
    "all": (scope, name) => scope.value(name, true),
    "field": (scope, name) => scope.field(name),
    ".": (scope) => scope.current,
    "neg": (scope, name, at) => 0 - number(at(1)),
    "and": (scope, name, at) => truth(at(1)) && truth(at(2)),
    "or": (scope, name, at) => truth(at(1)) || truth(at(2)),
    "call": (scope, name, at, node) => {
      if (FORMS[name]) return FORMS[name](at, scope);
      if (!FUNCTIONS[name]) throw ELSEWHERE;
      return FUNCTIONS[name](...node.slice(2).map((argument) => evaluate(argument, scope)));
    },
  };

  // `scope` is {value(name, every), field(name), previous(name), labels(question, choices),
  // look([dataset, column, key column], key), position(), current, now}.
  const evaluate = (node, scope) => {
    const [kind, name] = node;
    const at = (index) => evaluate(node[index], scope);
    const operate = OPERATIONS[kind];
    if (operate) return finite(operate(number(at(1)), number(at(2))));
    return NODES[kind] ? NODES[kind](scope, name, at, node) : compare(kind, at(1), at(2));
  };

  // --- what is typed, read as forms/fields.py and language/ read it ---

  const clean = (typed) => typed.normalize("NFC").replace(/[\u200b-\u200d\ufeff\u00ad]/g, "")
    .replace(/[^\S\n]+/g, " ").replace(/ *\n/g, "\n").trim();

  // Pattern, signs to drop, decimal sign.
  const INTEGER = [/^-?(\d+|[1-9]\d{0,2}([., ])\d{3}(\2\d{3})*)$/, /[., ]/g];
  const DECIMALS = [
    [/^-?(\d+|[1-9]\d{0,2}([. ])\d{3}(\2\d{3})*)(,\d+)?$/, /[. ]/g, ","],
    [/^-?[1-9]\d{0,2}((,\d{3})+\.\d+|(,\d{3}){2,})$/, /,/g],
    [/^-?(\d+\.\d{1,2}|0\.\d+)$/],
  ];

  const numberReader = (...readings) => (typed) => {
    const bare = typed.replace("\u2212", "-").replace(/ ?%$/, "");
    const [, drop, point] = readings.find((reading) => reading[0].test(bare)) || [0, /.+/];
    const n = parseFloat(bare.replace(drop, "").replace(point, "."));
    return abs(n) <= 1e15 ? n : "";
  };

  const readDecimal = numberReader(...DECIMALS);

  const pad = (digits = "") => digits.padStart(2, 0);
  const isoOf = (y, m, d) => dateOf(`${y}-${pad(m)}-${pad(d)}`);

  const readDate = (typed) => {
    const [, d, , m, y] = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})$/.exec(typed) || [];
    return y ? isoOf(y, m, d) : dateOf(typed);
  };

  const readTime = (typed) => {
    const [found, ...parts] =
      /^(\d{1,2})\s?(?::|h|giờ)\s?(\d\d)?(?::(\d\d))?(?:\s?phút)?$/.exec(typed) || [];
    return found ? short(clock(parts.map(pad).join(":"))) : "";
  };

  // A number that the server keeps as text is a number again.
  const remembered = (v) => (v && text(number(v)) === v ? number(v) : v);

  const READERS = {
    integer: numberReader(INTEGER),
    decimal: readDecimal,
    range: readDecimal,
    date: readDate,
    month: (typed) => {
      const [, m, y] = /^(\d{1,2})[/.-](\d{4})$/.exec(typed) || [];
      return y ? isoOf(y, m, "1") : readDate(typed).replace(/..$/, "01");
    },
    year: (typed) => isoOf(typed, "1", "1"),
    time: readTime,
    dateTime: (typed) => {
      const parts = typed.replace(/,|ngày /g, "").split(/[ T]/);
      const day = readDate(readDate(parts[0]) ? parts.shift() : parts.pop());
      return momentOf(`${day}T${readTime(parts.join(" "))}`);
    },
    calculate: remembered,
    geopoint: (typed) => [...words(typed.replace(/[(),;]/g, " ")), 0, 0].slice(0, 4).join(" "),
    // A telephone number as people write it; without its spaces it is an answer.
    contact: (typed) => typed.replace(/^[+(]?\d[\d .()-]{7,20}$/, (phone) => phone.replace(/[ .()-]/g, "")),
    // Every choice once, or none.
    rank: (typed, count) => (new Set(words(typed)).size === count ? typed : ""),
  };

  // --- what is shown, as forms/answers.py writes it ---

  const inVietnamese = document.documentElement.lang === "vi";
  const [thousands, point] = inVietnamese ? ".," : ",.";

  const show = (v) => {
    if (isNumber(v)) {
      const [units, ...decimals] = text(v).split(".");
      return [units.replace(/\B(?=(\d{3})+$)/g, thousands), ...decimals].join(point);
    }
    const [found, y, m, d, time] = /^(\d{4})-(\d\d)-(\d\d)(?:T(.+))?$/.exec(v) || [];
    return found ? [d, m > 2 ? +m : m, y].join("/") + (time ? " " + time : "") : text(v);
  };

  // --- what depends on what: a cell is worked out when it is read, and again when something that
  // it has read came out differently ---

  let reader;
  const waiting = new Set();

  // Return what reads the cell. `acts`: nobody has to read it, it does something to the page.
  const cell = (work, acts) => {
    const readers = new Set();
    let stale;
    let seen;
    let value;

    const peek = (by) => {
      readers.add(by);
      if (stale) {
        const outer = reader;
        // A circle ends here.
        stale = false;
        if (!seen || seen.some(([other, before]) => other(touch) !== before)) {
          reader = {touch, seen: seen = []};
          value = "";
          value = attempt(work, ELSEWHERE);
          reader = outer;
        }
      }
      return value;
    };

    const read = () => {
      const v = peek(reader?.touch);
      reader?.seen.push([peek, v]);
      if (v === ELSEWHERE) throw v;
      return v;
    };

    // Say that the cell may be stale, and what hangs on it.
    const touch = () => {
      if (stale) return;
      stale = true;
      if (acts) waiting.add(read);
      const all = [...readers];
      readers.clear();
      all.forEach((tell) => tell?.());
    };

    // What is typed has changed, whatever it has read.
    read.touch = () => {
      seen = 0;
      touch();
    };

    touch();
    return read;
  };

  // Let everything act that waits. It comes to an end: forms that go round in a circle are refused.
  const settle = () => waiting.forEach((read) => {
    waiting.delete(read);
    attempt(read);
  });

  // --- the form ---

  const PARTS = "[data-question],[data-group],[data-name]";
  const select = (root, selector) => [...root.querySelectorAll(selector)];
  const form = document.querySelector("form[data-phieu]") || document.body;
  const instanceOf = (element) => (element.closest("[data-instance]") || form).dataset.instance;
  const indexOf = (instance) => +/\d+$/.exec(instance);
  const isLine = (input) => /^text/.test(input.type);
  const labelOf = (choice) => (choice.text || (choice.labels[0] || choice).textContent).trim();

  const known = {};
  // Logic is the same in every instance of a repeat, so it is read once.
  const logic = (source = "{}") => (known[source] ??= JSON.parse(source));
  const [given, earlier, tables] = words("values previous tables").map((name) => logic(form.dataset[name]));
  const now = stamp(Date.now() + 7 * 36e5);

  // Every part by its name, the parts of every instance, and for a question the repeat it is in.
  const parts = {};
  const inside = {};
  const repeats = {};
  const owner = (element, selector) => (element.closest(selector) || form).phieu;
  const find = (name, instance) => parts[instance + "-" + name] || parts[name];

  const value = (name, instance, every) => {
    const part = every ? parts[name] : find(name, instance);
    if (part) return part.value();
    if (repeats[name]) return repeats[name].rows().map((one) => find(name, one).value());
    if (name in given) return given[name];
    throw ELSEWHERE;
  };

  // What a text says of a question; of one on another page, the server has said it.
  const saidOf = (name, instance) => {
    const part = find(name, instance) || find(name, repeats[name]?.rows()[0]);
    if (!part) throw ELSEWHERE;
    return part.show(part.value()) || "\u2013";
  };

  // Take up the questions below an element, and the texts that show values.
  const take = (root) => {
    const added = select(root, PARTS).map(addPart);
    select(root, "[data-value]").forEach((span) => cell(() => {
      span.textContent = saidOf(span.dataset.value, instanceOf(span));
    }, true));
    return added;
  };

  const addPart = (element) => {
    let {
      question, group, name = question || group, type, relevant, calculation, trigger, constraint,
      message, twice, filter, count, repeat, thousands: grouped, default: opening, standing,
    } = element.dataset;
    let stored = element.value || "";
    const shown = !element.hidden;
    const instance = instanceOf(element.parentElement);
    const key = instance ? instance + "-" + name : name;
    const parent = owner(element.parentElement, "[data-group]");
    const home = owner(element, "[data-repeat]");
    const inputs = select(element, "input,select,textarea").filter((one) => !one.name || one.name === key);
    const choices = inputs
      .flatMap((one) => (one.options ? [...one.options] : /radio|checkbox/.test(one.type) ? one : []))
      .filter((choice) => choice.value);
    const [first] = inputs;
    const computed = calculation && !trigger;
    let told;
    let pulled;

    const scope = {
      now,
      value: (other, every) => value(other, instance, every),
      previous: (other) => earlier[other] ?? "",
      position: () => home.rows().filter((one) => indexOf(one) < indexOf(instance)).length + 1,
      field: (column) => {
        const {choice} = scope;
        return {name: choice.value, label: labelOf(choice), ...logic(choice.dataset.fields)}[column] || "";
      },
      labels: (other, names) => {
        const asked = find(other, instance);
        if (!asked) throw ELSEWHERE;
        return asked.show(names);
      },
      look: (place, row) => {
        if (!tables[place]) throw ELSEWHERE;
        return tables[place][row] || "";
      },
    };

    const labelled = (name) => {
      const found = choices.find((choice) => choice.value === name);
      return found ? labelOf(found) : name;
    };

    const run = (source, current, choice) => {
      scope.current = current;
      scope.choice = choice;
      return evaluate(logic(source), scope);
    };

    const typedText = () => {
      if (!first) return stored;
      if (!first.files && !choices.length) return clean(first.value);
      // Of files that are chosen, nothing has to be known but how many they are.
      return [...first.files || [], ...select(element, "[name=remove]:not(:checked)"), ...choices.filter((one) => one.checked || one.selected)]
        .map((one) => one.value || 1).join(" ");
    };

    // A value as it is typed, so that it reads back exactly: in English, 1,234 is a decimal comma.
    const typedOf = (v, read = READERS[type], shown = part.show(v)) => {
      if (!read) return text(v);
      return isNumber(v) && read(shown) !== v ? text(v).replace(".", ",") : shown;
    };

    const setTyped = (v) => {
      choices.forEach((one) => { one.checked = one.selected = words(v).includes(one.value); });
      stored = text(v);
      if (first && !choices.length) first.value = typedOf(v);
      typedCell.touch();
    };

    const typedCell = cell(typedText);
    const asked = cell(() => (!parent || parent.asked()) &&
      (!relevant || attempt(() => truth(run(relevant)), shown)));
    const valueCell = cell(() => {
      if (part.rows) return part.rows().map((_, index) => text(index + 1));
      if (!asked()) return "";
      if (computed) {
        const v = run(calculation, remembered(stored));
        return isBlank(v) ? "" : v;
      }
      const typed = typedCell();
      return typed && (READERS[type] || text)(typed, inputs.length);
    });

    const part = element.phieu = {
      key,
      asked,
      value: valueCell,
      touch: typedCell.touch,
      // A value as people read it: what was chosen is its labels.
      show: (v) => {
        const written = isBlank(v) ? "" : show(v);
        return {
          year: written.slice(-4),
          month: written.slice(3),
          acknowledge: written && "\u2713",
        }[type] ?? (/sel|rank/.test(type) ? words(v).map(labelled).join(", ") : written);
      },
      // What stood there by itself does not count.
      full: () => first && !first.readOnly && typedCell() && typedCell() !== standing,
      // What a new instance opens with.
      open: () => {
        if (opening) attempt(() => setTyped(run(opening)));
        standing = typedText();
      },
      // Whoever leaves an input is told what is wrong with it. What is missing or cannot be read
      // is left to the server, and so is what it said of it.
      leave: (input) => {
        const v = attempt(valueCell, "");
        const ranked = words(typedCell());
        // What is said of a choice that is ranked twice.
        const again = new Set(ranked).size < ranked.length && twice;
        if (grouped && isNumber(v)) input.value = typedOf(v);
        if (!constraint || (isBlank(v) && !again && (!told || (input.value && !twice)))) return;
        const allowed = !again && (isBlank(v) || attempt(() => truth(run(constraint, v)), true));
        document.getElementById("error-" + key).textContent = allowed ? "" : (again || message)
          .replace(/\$\{\s*(\w+)\s*\}/g, (_, name) => attempt(() => saidOf(name, instance), "\u2013"));
        told ||= input;
        told.ariaInvalid = allowed ? null : "true";
        if (allowed) told = 0;
      },
    };

    // Offer the choices for which the filter holds; what is chosen and no longer offered goes.
    const offer = () => {
      const before = typedText();
      const offered = choices.filter((choice) => {
        const holds = attempt(() => truth(run(filter, "", choice)), !choice.disabled);
        (choice.closest(".form-check") || choice).hidden = choice.disabled = !holds;
        if (!holds) choice.checked = choice.selected = false;
        return holds;
      });
      select(element, "[data-none]").forEach((hint) => { hint.hidden = offered.length; });
      if (typedText() !== before) typedCell.touch();
    };

    // Work the value out anew when what it hangs on has changed.
    const pull = () => {
      const pulls = words(trigger).map((other) => attempt(() => scope.value(other))).join();
      if ((pulled ?? pulls) !== pulls) attempt(() => setTyped(run(calculation, typedText())));
      pulled = pulls;
    };

    // A repeat: its instances are added and removed here, and rows.
    const beRepeat = () => {
      const [template] = select(element, "template");
      const [add] = select(element, "[value^='add:']");
      let holders = select(element, "[data-instance]");
      const list = cell(() => holders.map(instanceOf));
      // The index at the end of all instances in a row is that of the last one.
      const next = () => holders.length && indexOf(holders.map(instanceOf)) + 1;
      const wanted = () => max(0, min(100, whole(number(run(count))))) || 0;

      const refresh = () => {
        list.touch();
        if (add) add.hidden = next() > 99;
      };

      select(template.content, PARTS).forEach(({dataset}) => {
        repeats[dataset.question || dataset.name] = part;
      });

      // As many as the form says, else those in which something is typed, or one that has to be.
      part.rows = cell(() => {
        if (!asked()) return [];
        if (count) return list().slice(0, wanted());
        const filled = list().filter((one) => inside[one].some((inner) => inner.full()));
        return filled.length || !relevant ? filled : list().slice(0, 1);
      });

      part.add = () => {
        const index = next();
        template.insertAdjacentHTML("beforebegin", template.innerHTML
          .replaceAll("__index__", index).replaceAll("__number__", index + 1));
        const holder = template.previousElementSibling;
        holders.push(holder);
        take(holder).forEach((inner) => inner.open());
        refresh();
        return holder;
      };

      part.remove = (holder) => {
        delete inside[instanceOf(holder)];
        holders = holders.filter((one) => one !== holder);
        holder.remove();
        refresh();
        if (!holders.length) part.add();
        add.focus();
      };

      // What was typed into instances beyond the count stays until it is sent.
      if (count) {
        cell(() => {
          const shown = asked() ? wanted() : 0;
          while (holders.length < shown) part.add();
          holders.forEach((holder, index) => { holder.hidden = index >= shown; });
        }, true);
      }
    };

    if (instance) (inside[instance] ??= []).push(part);
    parts[key] = part;
    if (repeat) beRepeat();
    cell(() => { element.hidden = !asked(); }, true);
    if (computed && first) cell(() => setTyped(valueCell()), true);
    if (filter) cell(offer, true);
    if (trigger) cell(pull, true);
    if (constraint) {
      cell(() => {
        valueCell();
        if (told) part.leave(told);
      }, true);
    }
    return part;
  };

  // --- what happens ---

  const on = (name, act) => form.addEventListener(name, (event) => act(event, event.target));

  const follow = (event, target) => {
    const part = owner(target, "[data-question]");
    if (!part) return;
    part.touch();
    if (event.type === "change" && !isLine(target)) part.leave(target);
    settle();
  };

  on("input", follow);
  on("change", follow);

  on("focusout", (event, target) => {
    const part = isLine(target) && owner(target, "[data-question]");
    // Not before the click that ends the typing: what is told moves the page.
    if (part && target.name === part.key) setTimeout(() => part.leave(target), 200);
  });

  on("click", (event, target) => {
    const button = target.closest("[value^='add:'],[value^='remove:']");
    const repeat = button && owner(button, "[data-repeat]");
    if (!repeat) return;
    event.preventDefault();
    if (button.value[0] === "a") select(repeat.add(), "[name]")[0].focus();
    else repeat.remove(button.closest("[data-instance]"));
    settle();
  });

  let sent;
  on("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });

  // Going back, a browser fills in what was typed before.
  addEventListener("pageshow", () => {
    sent = false;
    Object.values(parts).forEach((part) => part.touch());
    settle();
  });

  take(form);
  settle();
  window.phieu = {evaluate};
})();
