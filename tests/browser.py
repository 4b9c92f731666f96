"""A browser that the tests drive: Debian's chromium by its chromedriver, over WebDriver's HTTP, with the standard library alone."""

import base64
import contextlib
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

MISSING = next(
    (f"no {name} here (Debian's packages chromium and chromium-driver)" for name in ("chromium", "chromedriver") if not shutil.which(name)),
    None,
)
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ENTER = "\ue007"


class Driver:
    """One chromedriver; starts browsers that share a profile or not."""

    def __init__(self):
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = next(line for line in self.process.stdout if "started successfully on port" in line)
        self.address = "http://127.0.0.1:" + re.search(r"on port (\d+)", line)[1]
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method, path, **body):
        content = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, content, {"Content-Type": "application/json"}, method=method)
        try:
            with self.open(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"].split("\n")[0]) from None

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Browser:
    """A headless browser without network, its profile and its downloads in a folder."""

    def __init__(self, driver, folder, width=1366, height=768, touch=False):
        self.driver, self.downloads = driver, folder / "downloads"
        flags = [*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}"]
        options = {"args": flags, "prefs": {"download.default_directory": str(self.downloads)}}
        if touch:
            options["mobileEmulation"] = {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0, "touch": True}}
        made = driver.call("POST", "/session", capabilities={"alwaysMatch": {"goog:chromeOptions": options}})
        self.session, self.pid = f"/session/{made['sessionId']}", made["capabilities"].get("goog:processID")
        self.command("Network.enable")
        self.command("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)

    def call(self, method, path, **body):
        return self.driver.call(method, self.session + path, **body)

    def command(self, name, **parameters):
        """A command of the browser's own protocol."""
        return self.call("POST", "/goog/cdp/execute", cmd=name, params=parameters)

    def show(self, path):
        self.call("POST", "/url", url=path.resolve().as_uri())

    def script(self, text, *arguments):
        return self.call("POST", "/execute/sync", script=text, args=list(arguments))

    def wait(self, condition, seconds=60):
        """Wait until a JavaScript expression is true, and give its value."""
        end = time.monotonic() + seconds
        while not (value := self.script(f"return {condition}")):
            assert time.monotonic() < end, f"not in {seconds} s: {condition}; the page says: {self.text()}"
            time.sleep(0.02)
        return value

    def text(self):
        return self.script("return document.body.innerText")

    def press(self, *keys):
        """Press and release keys, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def click(self, selector, pointer="mouse"):
        """Move to the middle of the first element of a selector and press there, as a hand would."""
        found = self.call("POST", "/element", using="css selector", value=selector)
        self.script("arguments[0].scrollIntoView({block: 'nearest'})", found)
        move = {"type": "pointerMove", "duration": 0, "origin": found, "x": 0, "y": 0}
        actions = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.call(
            "POST", "/actions", actions=[{"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": actions}]
        )

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        with contextlib.suppress(AssertionError, OSError):  # it may have been killed
            self.call("DELETE", "")
