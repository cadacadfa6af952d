#!/usr/bin/env python3
"""Opens a page in headless Chromium and prints what a reader would meet, a line per fact.

usage: look_at_page.py PAGE.html [-o FOLDER]

The lines: "NAME yes" or "NAME no: why", where NAME is what should hold:
    quiet       no script error, and nothing in the browser's log
    alone       no request but for the page itself
    fits N      at N pixels wide nothing sticks out of the page, in the light scheme
    dark        the dark scheme changes the paper, and all texts stand out from theirs
    light       the same of the light one
    sorts       clicks and keys sort each table of class "sort", both ways; aria-sort says so
    whole       no text of the page is lost without scripts
    prints      the page becomes a PDF
With -o, FOLDER gets pictures of the page, N-light.png and N-dark.png, and page.pdf.
"""

import argparse
import base64
import json
import os
import shutil
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

WIDTHS = (400, 900, 1600)

# Elements whose own text has too little contrast with what is painted behind it (WCAG AA:
# 4.5, and 3 for large letters).
CONTRAST = """
function rgb(text) { return text.match(/[\\d.]+/g).map(Number); }
function light(c) {
  var p = c.slice(0, 3).map(function (v) {
    v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
  return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];
}
function paper(e) {
  for (; e; e = e.parentElement) {
    var c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c;
  }
  return [255, 255, 255];
}
var bad = [];
document.querySelectorAll('body *').forEach(function (e) {
  var own = Array.prototype.some.call(e.childNodes, function (n) {
    return n.nodeType === 3 && n.textContent.trim(); });
  if (!own || !e.getClientRects().length) return;
  var style = getComputedStyle(e), a = light(rgb(style.color)), b = light(paper(e));
  var ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
    bad.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2));
});
return bad;
"""

# Columns of a table as their values, and what its heads say.
COLUMN = """
var table = document.querySelectorAll('table.sort')[arguments[0]], k = arguments[1];
return Array.prototype.map.call(table.tBodies[0].rows, function (row) {
  var v = row.cells[k].getAttribute('data-v');
  return v === null ? row.cells[k].textContent.trim() : parseFloat(v);
});
"""


def say(name, why):
    print(f"{name} no: {why}" if why else f"{name} yes")


def browser(profile):
    options = Options()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                 f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def resize(driver, width):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": 900, "deviceScaleFactor": 1,
                            "mobile": False})


def scheme(driver, name):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": name}]})


def requests(driver):
    """Addresses that the page asked for."""
    found = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


def picture(driver, folder, name):
    if folder:
        shot = driver.execute_cdp_cmd("Page.captureScreenshot",
                                      {"captureBeyondViewport": True, "format": "png"})
        with open(os.path.join(folder, name), "wb") as out:
            out.write(base64.b64decode(shot["data"]))


def sticking_out(driver):
    return driver.execute_script(
        "var e = document.scrollingElement;"
        "return e.scrollWidth > e.clientWidth ? e.scrollWidth + ' > ' + e.clientWidth : ''")


def check_sorting(driver):
    tables = driver.find_elements("css selector", "table.sort")
    if not tables:
        return "there is no such table"
    for t, table in enumerate(tables):
        heads = table.find_elements("css selector", "thead tr:last-child th")
        for k, head in enumerate(heads):
            for turn in range(2):
                button = head.find_element("css selector", "button")
                if turn:
                    button.send_keys(Keys.ENTER)
                else:
                    driver.execute_script("arguments[0].click()", button)
                column = driver.execute_script(COLUMN, t, k)
                order = head.get_attribute("aria-sort")
                if all(isinstance(v, str) for v in column):
                    column = driver.execute_script(
                        "var s = arguments[0], u = s.slice().sort(function (a, b) "
                        "{ return a.localeCompare(b); });"
                        "return s.map(function (v) { return u.indexOf(v); });", column)
                wanted = sorted(column, reverse=order == "descending")
                if order not in ("ascending", "descending") or column != wanted:
                    return f"table {t}, column {k}: {order}, but {column[:6]}"
                others = [h.get_attribute("aria-sort") for h in heads if h != head]
                if any(o != "none" for o in others):
                    return f"table {t}: several columns claim an order"
                if turn == 0:
                    first = order
            if first == order:
                return f"table {t}, column {k}: only {order}"
    return ""


def check_scheme(driver, name, folder):
    scheme(driver, name)
    bad = driver.execute_script(CONTRAST)
    for width in WIDTHS:
        if folder:
            resize(driver, width)
            picture(driver, folder, f"{width}-{name}.png")
    paper = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    return paper, ", ".join(bad[:5])


def text_of(driver):
    return driver.execute_script("return document.body.textContent.replace(/\\s+/g, '')")


def look(driver, page, folder):
    address = "file://" + os.path.realpath(page)
    scheme(driver, "light")
    driver.get(address)
    text = text_of(driver)
    for width in WIDTHS:
        resize(driver, width)
        say(f"fits {width}", sticking_out(driver))
    light, bad = check_scheme(driver, "light", folder)
    say("light", bad)
    dark, bad = check_scheme(driver, "dark", folder)
    say("dark", bad or ("" if dark != light else "the paper stays as it is"))
    say("sorts", check_sorting(driver))
    pdf = base64.b64decode(driver.print_page())
    say("prints", "" if pdf.startswith(b"%PDF") and len(pdf) > 10000 else f"{len(pdf)} bytes")
    if folder:
        with open(os.path.join(folder, "page.pdf"), "wb") as out:
            out.write(pdf)
    say("quiet", "; ".join(e["message"] for e in driver.get_log("browser")))
    say("alone", " ".join(r for r in requests(driver)
                          if r != address and not r.startswith(("data:", "chrome"))))
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    driver.get(address)
    say("whole", "the buttons are still there" if driver.find_elements("tag name", "button")
        else "" if text_of(driver) == text else "the text is another one without scripts")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("-o", dest="folder")
    given = parser.parse_args()
    if given.folder:
        os.makedirs(given.folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(profile)
        try:
            look(driver, given.page, given.folder)
        finally:
            driver.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
