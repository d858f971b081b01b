"""The apps that are served: the same pages in each, another number of files or of rules."""

import json
import random
import shutil

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en",
    "Cache-Control": "no-cache",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
}


def rules(count):
    """What a configuration is made of: redirects, headers, roles, rewrites, methods."""
    kinds = [
        lambda n: {"route": f"/old-{n}", "redirect": f"/new-{n}", "statusCode": 301},
        lambda n: {"route": f"/docs/v{n}/*", "headers": {"Cache-Control": "public, max-age=3600", "X-Version": f"v{n}"}},
        lambda n: {"route": f"/members-{n}/*", "allowedRoles": ["admin", f"role{n}"]},
        lambda n: {"route": f"/short/{n}", "rewrite": "/index.html"},
        lambda n: {"route": f"/api/table{n}/*", "methods": ["GET", "POST"], "allowedRoles": ["authenticated"]},
    ]
    return [kinds[n % len(kinds)](n) for n in range(count)]


def configuration(count):
    return {
        "routes": rules(count),
        "navigationFallback": {"rewrite": "/index.html", "exclude": ["/assets/*", "/images/*"]},
        "responseOverrides": {"404": {"rewrite": "/404.html"}},
        "globalHeaders": {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"},
    }


def asset(number):
    return f"/assets/{number // 250}/{number}.js"


def make(folder, files, rule_count):
    """Writes the app unless it is there; gives its folder."""
    whole = folder / ".whole"
    if whole.exists():
        return folder / "site"
    shutil.rmtree(folder, ignore_errors=True)
    site = folder / "site"
    noise = random.Random(7)
    page = "<!doctype html><html lang=en><title>bench</title><p>".ljust(1020, "x") + "</p>"
    pages = {
        "index.html": page[:1024].encode(),
        "404.html": b"<h1>Not found</h1>",
        "assets/app.js": b"console.log('a line of a script');\n" * 293,
        "images/photo.png": noise.randbytes(10 << 10),
        "assets/large.bin": noise.randbytes(1 << 20),
        "staticwebapp.config.json": json.dumps(configuration(rule_count), indent=1).encode(),
    }
    pages.update((asset(number)[1:], b"export default %d;\n" % number * 20) for number in range(files - len(pages)))
    for name, content in pages.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    whole.touch()
    return site
