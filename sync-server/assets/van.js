// The driver's page. The secret is in the fragment, so it is never in a log or a referrer. Results are kept in the page's
// own storage until the server has them; each has an id of its own, so that sending twice changes nothing. What the server
// does not take stays here with its words, until it does or the driver puts it away.
"use strict";
(() => {
  const secret = location.hash.slice(1);
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const list = document.getElementById("stops");
  const notice = document.getElementById("notice");
  const keep = "xundian-van-" + secret.slice(0, 8);
  const queue = () => JSON.parse(localStorage.getItem(keep) || "[]");
  const store = (items) => localStorage.setItem(keep, JSON.stringify(items));
  const say = (text, bad) => { notice.textContent = text; notice.hidden = !text; notice.className = bad ? "notice bad" : "notice"; };
  const call = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json", "x-van-secret": secret }, body: JSON.stringify(body), credentials: "omit" });
  const element = (tag, text, parent) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (parent) parent.append(e); return e; };
  const id = () => {
    const b = crypto.getRandomValues(new Uint8Array(16)); b[6] = b[6] & 15 | 112; b[8] = b[8] & 63 | 128;
    const now = Date.now(); for (let i = 0; i < 6; i++) b[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
    const h = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return h.slice(0, 8) + "-" + h.slice(8, 12) + "-" + h.slice(12, 16) + "-" + h.slice(16, 20) + "-" + h.slice(20);
  };
  const unsent = element("div"); list.before(unsent);
  const cards = new Map();
  const forget = (id) => store(queue().filter((item) => item.id !== id));
  const change = (id, more) => store(queue().map((item) => item.id === id ? { ...item, ...more } : item));
  const result = ({ name, goods, said, gone, ...result }) => result;
  const words = async (answer) => { try { return await answer.json() || {}; } catch { return {}; } };
  // What the page says while nothing waits, and what the phone's clock is behind the server's.
  let standing = "", offset = 0, running = false, again = false;

  // The server's own word that a link or a stop is not this driver's any more; whoever else says no may say yes the next time.
  function ended(answer, said) {
    if (answer.status === 403 && said.reason === "link") return texts.expired;
    return answer.status === 410 && said.reason === "stop" ? texts.moved : "";
  }

  // Only what the server has leaves the queue. False = nothing comes through now.
  async function deliver(item) {
    let answer;
    try { answer = await call("/van/result", result(item)); } catch { return false; }
    const said = await words(answer), card = cards.get(item.order);
    if (answer.ok && said.reason) {
      forget(item.id);
      if (card) card.close(said.kept ? texts.kept + ": " + said.reason : texts.sent, true);
      return true;
    }
    if (answer.ok || answer.status >= 500) return false;
    const end = ended(answer, said);
    change(item.id, { gone: !!end, said: end || said.reason || texts.not_taken + " (" + answer.status + ")" });
    if (card) card.close(texts.not_taken, false);
    return answer.status !== 429;
  }

  async function flush() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        for (const { id } of queue()) {
          // Looked up again: the driver may have put it away meanwhile.
          const item = queue().find((item) => item.id === id);
          if (item && !item.gone && !(await deliver(item))) break;
        }
      }
    } finally { running = false; }
    show();
  }

  function show() {
    unsent.replaceChildren();
    for (const item of queue()) if (item.said) unsentCard(item);
    if (queue().some((item) => !item.said)) say(texts.queued);
    else if (!notice.textContent || notice.textContent === texts.queued) say(standing, true);
  }

  function unsentCard(item) {
    const card = element("section", undefined, unsent); card.className = "stop"; card.dataset.id = item.id;
    element("h3", (item.name || item.order) + " · " + texts.not_taken, card);
    element("div", item.said, card).className = "bad"; element("div", item.goods || "", card);
    const retry = element("button", texts.retry, card);
    retry.addEventListener("click", () => { change(item.id, { gone: false }); flush(); });
    const away = element("button", texts.put_away, card); away.className = "quiet";
    away.addEventListener("click", () => {
      if (!confirm(texts.put_away_sure)) return;
      forget(item.id); show();
      const stop = cards.get(item.order); if (stop) stop.reset();
    });
  }

  // The list that a reason is of says whose it is: what is missing for a reason of the owner was refused.
  function reasons(lists, parent) {
    const select = element("select", undefined, parent); element("option", texts.why, select).value = "";
    for (const [kind, list] of lists) for (const reason of list) {
      const option = element("option", reason.text, select); option.value = reason.code; option.dataset.kind = kind;
    }
    return select;
  }

  function stopCard(stop, data) {
    const card = element("section", undefined, list); card.className = "stop";
    element("h3", (stop.changed ? "【" + stop.changed + "】" : "") + stop.no + ". " + stop.window + "  " + stop.store, card);
    element("div", stop.address, card); element("div", stop.receiver + " " + stop.phone, card);
    const table = element("table", undefined, card);
    const inputs = stop.lines.map((line) => {
      const row = element("tr", undefined, table);
      element("td", (line.gift ? "【" + texts.gift + "】" : "") + line.said + "  " + line.name, row);
      const cell = element("td", undefined, row); cell.hidden = true;
      const number = (value, max, unit) => {
        const input = element("input", undefined, cell); input.type = "number"; input.inputMode = "numeric"; input.min = 0; input.max = max; input.value = value;
        element("span", unit + " ", cell); return input;
      };
      const cases = line.units >= line.case && line.case > 1 ? number(Math.floor(line.units / line.case), Math.floor(line.units / line.case), texts.case) : null;
      const loose = number(cases ? line.units % line.case : line.units, line.units, line.unit);
      const reason = reasons([["shortage", data.shortage], ["refusal", data.refusal]], cell);
      const delivered = () => (cases ? Number(cases.value) * line.case : 0) + Number(loose.value);
      return { line, cell, delivered, reason };
    });
    for (const back of stop.pick_ups) element("div", "【" + texts.taken + "】" + back, card);
    const due = element("div", stop.payment + " " + stop.amount, card); due.className = "big"; let owed = stop.due;
    const code = element("label", texts.code, card);
    const digits = element("input", undefined, code); digits.inputMode = "numeric"; digits.maxLength = 4; digits.size = 5;
    const check = element("span", "", code); let right = false;
    digits.addEventListener("input", async () => {
      if (digits.value.length !== 4) return;
      try { const said = await (await call("/van/code", { order: stop.order, code: digits.value })).json(); right = said.right; check.textContent = " " + said.text; } catch { check.textContent = ""; }
    });
    const without = element("label", texts.no_code, card); const noCode = reasons([["no_code", data.no_code]], without);
    const part = element("button", texts.part, card); part.className = "quiet";
    const send = element("button", texts.full, card);
    const handed = () => inputs.map(({ line, delivered, reason }) => {
      const refused = reason.selectedOptions[0].dataset.kind === "refusal";
      return { sku: line.sku, gift: line.gift, delivered: delivered(), refused: refused ? Math.max(0, line.units - delivered()) : 0, reason: reason.value || null };
    });
    // What is to be collected changes with what is handed over; without a network the driver is told so.
    card.addEventListener("change", async () => {
      owed = null;
      let said = {};
      try { const answer = await call("/van/amount", { order: stop.order, lines: handed() }); if (answer.ok) said = await words(answer); } catch { said = {}; }
      if (said.amount) owed = said.due;
      due.textContent = stop.payment + " " + (said.amount || "?");
    });
    part.addEventListener("click", () => { inputs.forEach((input) => { input.cell.hidden = false; }); send.textContent = texts.send; part.hidden = true; });
    const close = (text, taken) => { card.classList.toggle("sent", taken); send.disabled = true; part.hidden = true; send.textContent = text; };
    const reset = () => {
      if (stop.outcome) { close(stop.outcome, true); return; }
      const opened = inputs.some((input) => !input.cell.hidden);
      card.classList.remove("sent"); send.disabled = false; part.hidden = opened; send.textContent = opened ? texts.send : texts.full;
    };
    cards.set(stop.order, { close, reset }); reset();
    send.addEventListener("click", () => {
      const lines = handed();
      const fits = (line, n) => Number.isInteger(line.delivered) && line.delivered >= 0 && line.delivered <= inputs[n].line.units;
      if (!lines.every(fits)) { say(texts.part, true); return; }
      if (lines.some((line, n) => line.delivered < inputs[n].line.units && !line.reason)) { say(texts.reason, true); return; }
      // Name and goods stay here: who has to call the dispatcher about it reads them.
      const goods = lines.map((line, n) => line.delivered + inputs[n].line.unit + " " + inputs[n].line.name).join(", ");
      store(queue().concat({ id: id(), order: stop.order, at: Date.now() + offset, lines, no_code: right ? null : (noCode.value || "card_lost"), picked_up: stop.pick_up_units, due: owed, name: stop.no + ". " + stop.store, goods }));
      close(texts.queued, false); flush();
    });
  }

  function watch() { show(); flush(); setInterval(flush, 15000); addEventListener("online", flush); }

  async function start() {
    let answer;
    try { answer = await call("/van/stops", {}); } catch { answer = null; }
    const said = answer ? await words(answer) : {};
    // The day cannot be read any more, but what waits is taken for longer.
    if (answer && ended(answer, said)) { standing = texts.expired; say(standing, true); watch(); return; }
    let data = JSON.parse(localStorage.getItem(keep + "-day") || "null");
    if (answer && answer.ok && said.stops) {
      data = { ...said, offset: said.server_time - Date.now() };
      localStorage.setItem(keep + "-day", JSON.stringify(data));
    }
    if (!data) { standing = texts.queued; say(standing, true); watch(); return; }
    offset = data.offset || 0;
    document.getElementById("title").textContent = data.title;
    data.stops.forEach((stop) => stopCard(stop, data));
    for (const item of queue()) {
      const card = cards.get(item.order); if (card) card.close(item.said ? texts.not_taken : texts.queued, false);
    }
    watch();
  }
  start();
})();
