// The driver's page. The secret is in the fragment, so it is never in a log or a referrer. Results are kept in the page's
// own storage until the server took them; each has an id of its own, so that sending twice changes nothing.
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
  let offset = 0;

  async function flush() {
    for (const item of queue()) {
      let answer;
      try { answer = await call("/van/result", item); } catch { say(texts.queued); return; }
      if (answer.status >= 500) { say(texts.queued); return; }
      store(queue().filter((other) => other.id !== item.id));
      if (!answer.ok) say((await answer.json()).reason, true);
    }
    if (!notice.textContent || notice.textContent === texts.queued) say("");
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
    const due = element("div", stop.payment + " " + stop.amount, card); due.className = "big";
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
      try { const answer = await call("/van/amount", { order: stop.order, lines: handed() }); if (answer.ok) due.textContent = stop.payment + " " + (await answer.json()).amount; } catch { due.textContent = stop.payment + " ?"; }
    });
    part.addEventListener("click", () => { inputs.forEach((input) => { input.cell.hidden = false; }); send.textContent = texts.send; part.hidden = true; });
    const done = () => { card.classList.add("sent"); send.disabled = true; part.hidden = true; send.textContent = texts.sent; };
    if (stop.outcome) { done(); send.textContent = stop.outcome; }
    send.addEventListener("click", () => {
      const lines = handed();
      if (lines.some((line, n) => line.delivered > inputs[n].line.units)) { say(texts.part, true); return; }
      if (lines.some((line, n) => line.delivered < inputs[n].line.units && !line.reason)) { say(texts.reason, true); return; }
      store(queue().concat({ id: id(), order: stop.order, at: Date.now() + offset, lines, no_code: right ? null : (noCode.value || "card_lost"), picked_up: stop.pick_up_units }));
      done(); flush();
    });
  }

  async function start() {
    let answer;
    try { answer = await call("/van/stops", {}); } catch { answer = null; }
    let data;
    if (answer && answer.ok) { data = await answer.json(); localStorage.setItem(keep + "-day", JSON.stringify(data)); }
    else if (answer && answer.status < 500) { say(texts.expired, true); return; }
    else { data = JSON.parse(localStorage.getItem(keep + "-day") || "null"); if (!data) { say(texts.queued, true); return; } }
    offset = data.server_time - Date.now();
    document.getElementById("title").textContent = data.title;
    const waiting = new Set(queue().map((item) => item.order));
    data.stops.forEach((stop) => stopCard(waiting.has(stop.order) ? { ...stop, outcome: texts.queued } : stop, data));
    flush(); setInterval(flush, 15000); addEventListener("online", flush);
  }
  start();
})();
