#!/usr/bin/env python3
"""Loads pages of `wwctl probe --report` in headless Chromium and asserts that they are what they promise:
well-formed, without script, without any request, without an error on the console, readable light and dark,
and usable in a window of 400 pixels.

    scripts/report-browser.py [--short] [--only NAME] [--keep FOLDER] [WWCTL]

--short loads two pages, --only one; --keep leaves pages, screenshots and a PDF in FOLDER.  WWCTL is the program, by default
the newer of target/release/wwctl and target/debug/wwctl.  Skips with a line where Chromium is missing.
"""

import argparse
import base64
import html.parser
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent



class Case:
    def __init__(self, name, port, status, texts, options=(), short=False):
        self.name, self.port, self.status, self.texts = name, port, status, texts
        self.options, self.short = options, short


CASES = [
    Case('dsmr', 'sim:dsmr?seed=1', 0,
         ['Found', '115200 8N1, not inverted, dsmr', 'baudrate=115200', 'kWh', '1-0:32.7.0'], short=True),
    Case('dsmr-inverted', 'sim:dsmr?invert=true&seed=2', 0,
         ['inverted, dsmr', 'rx_invert=true', 'idle is low', 'understood by computation']),
    Case('hdlc-ciphered', 'sim:hdlc?encrypt=true&seed=7', 0,
         ['2400 8E1, not inverted, hdlc, encrypted', 'encryption=true', 'ask the grid operator']),
    Case('hdlc-readable', 'sim:hdlc?seed=2&adapter=ftdi', 0, ['hdlc', 'flags whole packets']),
    Case('mbus', 'sim:mbus?seed=3', 0, ['2400 8E1', 'mbus', 'm³']),
    Case('hdlc-no-flags', 'sim:hdlc?adapter=ch340&seed=5', 0, ['does not report']),
    Case('hdlc-inverted-ciphered', 'sim:hdlc?encrypt=true&invert=true&seed=3', 8, ['Not found', 'inverted']),
    Case('kmp-asked', 'sim:kmp', 0, ['kmp', 'pull: the meter was asked'], ('--mode', 'pull')),
    Case('sweep', 'sim:dsmr?baudrate=9600&data_bits=7&parity=even&seed=4', 0, ['9600 7E1', 'exhaustive'],
         ('--strategy', 'exhaustive')),
    Case('idle', 'sim:dsmr?fault=idle', 8, ['The line is idle', 'check the wiring'], short=True),
    Case('noise', 'sim:dsmr?fault=noise', 8, ['Not found', 'cannot be known'], ('--timeout', '30')),
    Case('fast-normal', 'sim:dsmr?baudrate=57600&seed=1', 0, ['57600 8N1, not inverted, dsmr']),
    Case('two-talkers', 'sim:dsmr?fault=two', None, ['What is wrong with the line'], ('--timeout', '60')),
    Case('weak-pull-up', 'sim:dsmr?fault=pullup', None, ['pull-up'], ('--timeout', '60')),
]


class Strict(html.parser.HTMLParser):
    """Every element is closed, and nothing refers to anything outside."""

    VOID = {'meta', 'link', 'br', 'img', 'input', 'hr'}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        assert tag not in ('script', 'iframe', 'object', 'embed', 'img', 'form'), f'<{tag}> in the page'
        for name, value in attributes:
            assert not name.startswith('on') and name not in ('src', 'style', 'srcset', 'action'), (tag, name)
            assert name != 'href' or value == 'data:,', (tag, value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        last = self.open.pop()
        assert last == tag, f'</{tag}> closes <{last}>'


def check_source(text):
    parser = Strict()
    parser.feed(text)
    parser.close()
    assert not parser.open, f'not closed: {parser.open}'
    xml.fromstring(text.replace('<!DOCTYPE html>', '', 1))
    for word in ('http:', 'https:', 'url(', '@import', 'javascript:'):
        assert word not in text, f'{word} in the page'


class Browser:
    """Chromium, spoken to over a pipe in the DevTools protocol."""

    def __init__(self, program, home):
        to_child, self.write_end = os.pipe()
        self.read_end, from_child = os.pipe()

        def wire():
            # The protocol's pipe is file descriptors 3 and 4.
            a, b = os.dup2(to_child, 10), os.dup2(from_child, 11)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            [program, '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
             '--disable-background-networking', '--disable-component-update', '--disable-sync',
             '--disable-extensions', '--remote-debugging-pipe', f'--user-data-dir={home}', 'about:blank'],
            close_fds=False, preexec_fn=wire, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.buffer, self.number, self.events = b'', 0, []
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.page(f'{domain}.enable')

    def message(self):
        while b'\0' not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], 120)
            data = os.read(self.read_end, 1 << 20) if ready else b''
            if not data:
                sys.exit('the browser does not answer')
            self.buffer += data
        raw, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(raw)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if session:
            message['sessionId'] = session
        os.write(self.write_end, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.message()
            if answer.get('id') == self.number:
                assert 'error' not in answer, (method, answer)
                return answer['result']
            if 'method' in answer:
                self.events.append(answer)

    def page(self, method, **parameters):
        return self.call(method, session=self.session, **parameters)

    def wait(self, method):
        while not any(e['method'] == method for e in self.events):
            answer = self.message()
            if 'method' in answer:
                self.events.append(answer)

    def evaluate(self, expression):
        result = self.page('Runtime.evaluate', expression=expression, returnByValue=True)
        assert 'exceptionDetails' not in result, result
        return result['result'].get('value')

    def close(self):
        self.process.terminate()
        self.process.wait()


# Contrast of every text with the background behind it (WCAG 2.1, 1.4.3): the smallest ratio, and where.
CONTRAST = r'''(() => {
  const parse = c => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const f = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2];
  };
  let worst = [99, ''];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const svg = e.namespaceURI.includes('svg');
    if (svg && !['text', 'tspan'].includes(e.localName)) continue;
    let back = e;
    while (back && (parse(getComputedStyle(back).backgroundColor)[3] ?? 1) === 0) back = back.parentElement;
    const style = getComputedStyle(e);
    const a = light(parse(svg ? style.fill : style.color));
    const b = light(back ? parse(getComputedStyle(back).backgroundColor) : [255, 255, 255]);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.localName + '.' + (e.getAttribute('class') || '') + ': ' + e.textContent.slice(0, 40)];
  }
  return worst;
})()'''


def visit(browser, path, case, keep):
    for look, width in [('light', 1100), ('dark', 1100), ('light', 400), ('dark', 400)]:
        where = f'{case.name}, {look}, {width} px'
        browser.events.clear()
        browser.page('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': look}])
        browser.page('Emulation.setDeviceMetricsOverride', width=width, height=900, deviceScaleFactor=1, mobile=False)
        browser.page('Page.navigate', url=path.as_uri())
        browser.wait('Page.loadEventFired')
        text = browser.evaluate('document.body.innerText')
        for want in case.texts:
            assert want in text, f'{where}: {want!r} is not in the page'
        body, window = browser.evaluate('[document.documentElement.scrollWidth, window.innerWidth]')
        assert body <= window, f'{where}: {body} pixels wide'
        style = browser.evaluate('getComputedStyle(document.querySelector("main")).maxWidth')
        assert style != 'none', f'{where}: the style sheet does not apply'
        ground = browser.evaluate('getComputedStyle(document.body).backgroundColor')
        assert (ground == 'rgb(255, 255, 255)') == (look == 'light'), f'{where}: {ground}'
        ratio, worst = browser.evaluate(CONTRAST)
        assert ratio >= 4.5, f'{where}: contrast {ratio:.1f} of {worst}'
        unnamed = browser.evaluate(
            '[...document.querySelectorAll("svg:not([aria-hidden])")]'
            '.filter(s => !s.querySelector("title") || !s.querySelector("desc")).length')
        assert unnamed == 0, f'{where}: a drawing without title and description'
        bare = browser.evaluate(
            '[...document.querySelectorAll("table")].filter(t => !t.caption || !t.querySelector("th[scope]")).length')
        assert bare == 0, f'{where}: a table without caption or headers'
        assert browser.evaluate('document.querySelectorAll("script, img, iframe").length') == 0, where
        if keep:
            size = browser.page('Page.getLayoutMetrics')['cssContentSize']
            picture = browser.page('Page.captureScreenshot', captureBeyondViewport=True,
                                   clip={'x': 0, 'y': 0, 'width': width, 'height': size['height'], 'scale': 1})
            name = f'{case.name}-{look}-{width}.png'
            (keep / name).write_bytes(base64.b64decode(picture['data']))
        for event in browser.events:
            method, what = event['method'], event['params']
            if method in ('Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'):
                raise AssertionError(f'{where}: on the console: {what}')
            if method == 'Network.requestWillBeSent':
                url = what['request']['url']
                assert url == path.as_uri() or url == 'data:,', f'{where}: it asks for {url}'
    if keep:
        paper = browser.page('Page.printToPDF', printBackground=False)
        (keep / f'{case.name}.pdf').write_bytes(base64.b64decode(paper['data']))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--only')
    parser.add_argument('--keep', type=pathlib.Path)
    parser.add_argument('wwctl', nargs='?', type=pathlib.Path)
    given = parser.parse_args()
    program = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not program:
        print('skipped: no chromium here (Debian: apt-get install chromium)')
        return
    target = pathlib.Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
    built = [given.wwctl] if given.wwctl else [target / 'release/wwctl', target / 'debug/wwctl']
    there = [p.resolve() for p in built if p.is_file()]
    wwctl = max(there, key=lambda p: p.stat().st_mtime, default=None)
    if wwctl is None:
        sys.exit('no wwctl to try: cargo build --release')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = pathlib.Path(folder)
        keep = given.keep and given.keep.resolve()
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        browser = Browser(program, folder / 'browser')
        try:
            for case in CASES:
                if given.short and not case.short or given.only not in (None, case.name):
                    continue
                path = (keep or folder) / f'{case.name}.html'
                done = subprocess.run([wwctl, '--quiet', 'probe', case.port, *case.options, '--report', path],
                                      capture_output=True, text=True, timeout=600, check=False)
                assert case.status in (None, done.returncode), f'{case.name}: exit status {done.returncode}: {done.stderr}'
                text = path.read_text(encoding='utf-8')
                check_source(text)
                visit(browser, path, case, keep)
                print(f'{case.name}: {len(text)} bytes, light and dark, 1100 and 400 pixels: good')
        finally:
            browser.close()


main()
