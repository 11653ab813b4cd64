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

  function reasons(kind, parent) {
    const select = element("select", undefined, parent); element("option", "", select).value = "";
    for (const reason of kind) { const option = element("option", reason.text, select); option.value = reason.code; }
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
      const delivered = element("input", undefined, cell); delivered.type = "number"; delivered.min = 0; delivered.max = line.units; delivered.value = line.units;
      const refused = element("input", undefined, cell); refused.type = "number"; refused.min = 0; refused.max = line.units; refused.value = 0; refused.title = texts.refused;
      const reason = reasons(data.shortage.concat(data.refusal), cell);
      return { line, cell, delivered, refused, reason };
    });
    for (const back of stop.pick_ups) element("div", "【" + texts.taken + "】" + back, card);
    element("div", stop.payment + " " + stop.amount, card).className = "big";
    const code = element("label", texts.code, card);
    const digits = element("input", undefined, code); digits.inputMode = "numeric"; digits.maxLength = 4; digits.size = 5;
    const check = element("span", "", code); let right = false;
    digits.addEventListener("input", async () => {
      if (digits.value.length !== 4) return;
      try { const said = await (await call("/van/code", { order: stop.order, code: digits.value })).json(); right = said.right; check.textContent = " " + said.text; } catch { check.textContent = ""; }
    });
    const without = element("label", texts.no_code, card); const noCode = reasons(data.no_code, without);
    const part = element("button", texts.part, card); part.className = "quiet";
    const send = element("button", texts.full, card);
    part.addEventListener("click", () => { inputs.forEach((input) => { input.cell.hidden = false; }); send.textContent = texts.send; part.hidden = true; });
    const done = () => { card.classList.add("sent"); send.disabled = true; part.hidden = true; send.textContent = texts.sent; };
    if (stop.outcome) { done(); send.textContent = stop.outcome; }
    send.addEventListener("click", () => {
      const lines = inputs.map(({ line, delivered, refused, reason }) => ({ sku: line.sku, gift: line.gift, delivered: Number(delivered.value), refused: Number(refused.value), reason: reason.value || null }));
      const lacking = lines.find((line, n) => line.delivered < inputs[n].line.units && !line.reason);
      if (lacking) { say(texts.reason, true); return; }
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
