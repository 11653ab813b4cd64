// Uses the pages as their people would, in a real browser. Arguments: server, login and password of a distributor, login
// and password of a supervisor, number of a frozen sheet, file with a chat that holds two slips, folder for pictures. Ends
// with 0 when everything was as it should.
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [server, distributor, distributorPassword, supervisor, supervisorPassword, sheet, chat, pictures] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--headless", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const failures = [];

async function visitor(viewport) {
  const context = await browser.newContext({ viewport, locale: "zh-CN" });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("Failed to load")) failures.push(message.text()); });
  return { context, page };
}

async function logIn(page, login, password) {
  await page.goto(server + "/");
  assert.match(page.url(), /\/login$/, "nothing is open without a log-in");
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", "wrong");
  await page.click("main button");
  assert.match(await page.textContent("main"), /用户名或密码不对/);
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", password);
  await page.click("main button");
}

async function asDistributor() {
  const { page } = await visitor({ width: 1100, height: 900 });
  await logIn(page, distributor, distributorPassword);
  assert.match(await page.textContent("h1"), /今晚要装的车/);
  await page.screenshot({ path: pictures + "/tonight.png" });
  await page.click(`form[action="/d/sheet/${sheet}/accept"] button`);
  assert.match(await page.textContent("table"), new RegExp(distributor + " 已接单"));
  const pdf = await page.request.get(`${server}/d/sheet/${sheet}/pdf`);
  assert.equal(pdf.headers()["content-type"], "application/pdf");
  assert.equal((await page.request.get(server + "/d/sheet/D99-20260728/pdf")).status(), 404);
  await page.goto(`${server}/d/sheet/${sheet}`);
  await page.screenshot({ path: pictures + "/sheet-page.png" });
  await page.click(`form[action="/d/sheet/${sheet}/link"] button`);
  return page.getAttribute('a[href^="/van#"]', "href");
}

async function asDispatcher() {
  const { page } = await visitor({ width: 1100, height: 1400 });
  await logIn(page, distributor, distributorPassword);
  await page.click('a[href="/d/slip"]');
  await page.fill("textarea", "在吗?");
  await page.click("main button");
  assert.match(await page.textContent("main"), /没有找到订单/);
  assert.equal(await page.inputValue("textarea"), "在吗?", "what was pasted is not thrown away");
  await page.fill("textarea", readFileSync(chat, "utf8"));
  await page.click("main button");
  const said = await page.textContent("main");
  assert.match(said, /已核实/);
  assert.match(said, /未核实/);
  await page.screenshot({ path: pictures + "/slip.png", fullPage: true });
  await page.click("button[value=accept]");
  assert.match(await page.textContent("main"), /待您确认的订单/, "one is left");
  await page.click("button[value=refuse]");
  assert.doesNotMatch(await page.textContent("main"), /待您确认的订单/);
  await page.click('a[href="/d"]');
  await page.screenshot({ path: pictures + "/tonight-slip.png" });
}

async function asDriver(link) {
  const { context, page } = await visitor({ width: 390, height: 844 });
  await page.goto(server + link);
  await page.waitForSelector(".stop");
  await page.screenshot({ path: pictures + "/van.png" });
  const first = page.locator(".stop").first();
  await first.locator("button", { hasText: "少送或拒收" }).click();
  await first.locator("input[type=number]").first().fill("0");
  await first.locator("button", { hasText: "提交" }).click();
  assert.match(await page.textContent("#notice"), /原因/, "what is missing needs a reason");
  await first.locator("td select").first().selectOption("out_of_stock");
  const full = 46 + 5 * 30 + 42;
  await page.waitForFunction((full) => !document.querySelector(".stop .big").textContent.includes(full), String(full));
  await page.screenshot({ path: pictures + "/van-short.png" });
  await context.setOffline(true);
  await first.locator("button", { hasText: "提交" }).click();
  await page.waitForFunction(() => document.getElementById("notice").textContent.includes("已存在手机里"));
  await context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForSelector("#notice[hidden]", { state: "attached" });
  await page.reload();
  await page.waitForSelector(".stop.sent");
  assert.match(await page.locator(".stop").first().textContent(), /少送/);
  await isRefused(page);
  await isLate(page);
  const stranger = await visitor({ width: 390, height: 844 });
  await stranger.page.goto(server + "/van#00000000000000000000000000000000");
  await stranger.page.waitForSelector("#notice:not([hidden])");
  assert.match(await stranger.page.textContent("#notice"), /链接已失效/);
}

/** Results that wait in the page's storage. */
const waiting = (page) => page.evaluate(() => {
  const queues = Object.keys(localStorage).filter((key) => key.startsWith("xundian-van-") && !key.endsWith("-day"));
  return queues.reduce((sum, key) => sum + JSON.parse(localStorage.getItem(key)).length, 0);
});

const json = (status, body) => ({ status, contentType: "application/json", body: JSON.stringify(body) });

/** Whoever says no, a proxy or the server: what the driver entered stays until it is taken. */
async function isRefused(page) {
  let says = { status: 429, contentType: "text/html", body: "<h1>slow down</h1>" };
  await page.route("**/van/result", (route) => (says ? route.fulfill(says) : route.continue()));
  const stop = page.locator("#stops .stop").nth(1);
  await stop.locator("button", { hasText: "全部送到" }).click();
  await page.waitForSelector("text=(429)");
  assert.equal(await waiting(page), 1, "a proxy's word takes nothing away");
  says = json(422, { reason: "系统里没有这张单" });
  await page.locator("button", { hasText: "再发一次" }).click();
  await page.waitForSelector("text=系统里没有这张单");
  assert.equal(await waiting(page), 1, "nor does the server's");
  assert.match(await stop.textContent(), /没有收下/);
  says = json(410, { reason: "stop" });
  await page.locator("button", { hasText: "再发一次" }).click();
  await page.waitForSelector("text=已改派给别的车");
  await page.reload();
  await page.waitForSelector("text=已改派给别的车");
  assert.equal(await waiting(page), 1, "a stop that was moved is shown until the driver puts it away");
  await page.screenshot({ path: pictures + "/van-refused.png" });
  says = { status: 200, contentType: "text/html", body: "<h1>log in to this network</h1>" };
  const answered = page.waitForResponse("**/van/result");
  await page.locator("button", { hasText: "再发一次" }).click();
  await answered;
  assert.equal(await waiting(page), 1, "nor does a network that answers in the server's place");
  says = null;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForFunction(() => document.querySelectorAll("#stops .stop.sent").length === 2);
  assert.equal(await waiting(page), 0);
  await page.unroute("**/van/result");
}

/** A night without a network: the day cannot be read any more, and the result still arrives. */
async function isLate(page) {
  let isNight = true;
  await page.route("**/van/result", (route) => (isNight ? route.abort() : route.continue()));
  await page.route("**/van/stops", (route) => { isNight = false; return route.fulfill(json(403, { reason: "link" })); });
  await page.locator("#stops .stop").nth(2).locator("button", { hasText: "全部送到" }).click();
  await page.waitForFunction(() => document.getElementById("notice").textContent.includes("已存在手机里"));
  assert.equal(await waiting(page), 1);
  await page.reload();
  await page.waitForFunction(() => document.getElementById("notice").textContent.includes("链接已失效"));
  const key = await page.evaluate(() => "xundian-van-" + location.hash.slice(1, 9));
  await page.waitForFunction((key) => localStorage.getItem(key) === "[]", key);
  await page.unroute("**/van/result");
  await page.unroute("**/van/stops");
}

async function asSupervisor() {
  const { page } = await visitor({ width: 1100, height: 700 });
  await logIn(page, supervisor, supervisorPassword);
  assert.match(await page.textContent("table"), /未知/);
  await page.screenshot({ path: pictures + "/coverage.png" });
  await page.goto(server + "/s/stores?q=" + encodeURIComponent("便利店"));
  await page.click("main table a");
  assert.match(await page.textContent("main"), /拜访/);
  assert.equal((await page.request.get(server + "/d")).status(), 404, "a supervisor is no distributor");
}

try {
  await asDriver(await asDistributor());
  await asDispatcher();
  await asSupervisor();
  assert.deepEqual(failures, [], "no page may fail");
} finally {
  await browser.close();
}
