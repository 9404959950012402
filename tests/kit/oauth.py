"""A browser of a few lines, a client, and the person who signs in."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from threading import Thread
from urllib.parse import urlencode, urljoin

FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.S)


class _Away(urllib.request.HTTPRedirectHandler):
    """Notes where a browser would leave the authorization server for the program; ``follow`` says whether to go."""

    def __init__(self, follow):
        self.follow = follow
        self.seen = []

    def redirect_request(self, request, stream, code, message, headers, new):
        if "code=" in new or "error=" in new:
            self.seen.append(new)
            if not self.follow:
                return None
        return super().redirect_request(request, stream, code, message, headers, new)


class Browser:
    """Fills in the forms that an authorization server shows until none is left."""

    def __init__(self, *, follow=True):
        self.away = _Away(follow)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), self.away)
        self.pages = []

    def get(self, url, form=None):
        data = urlencode(form).encode() if form else None
        try:
            with self.opener.open(url, data, timeout=20) as page:
                self.pages.append((page.status, page.url, page.read().decode()))
        except urllib.error.HTTPError as error:
            with error:
                self.pages.append((error.code, error.url, error.read().decode()))
        return self.pages[-1]

    def sign_in(self, url, **values):
        """Follow ``url`` and each form; the last address."""
        _, here, page = self.get(url)
        for _ in range(8):
            form = FORM.search(page)
            if not form:
                break
            fields = {}
            for tag in re.findall(r"<input[^>]*>", form[2]):
                name = re.search(r'name="([^"]*)"', tag)
                value = re.search(r'value="([^"]*)"', tag)
                if name:
                    fields[name[1]] = values.get(name[1], value[1] if value else "dana")
            action = form[1].replace("&amp;", "&")
            _, here, page = self.get(urljoin(here, action), fields)
        return here


class Person:
    """Notes what is told; ``browse`` is called in a thread with the page, ``answer`` gives what is pasted."""

    def __init__(self, browse=None, answer=None):
        self.told = []
        self.browse = browse
        self.answer = answer
        self.threads = []

    def tell(self, text):
        self.told.append(text)

    def open(self, url):
        if self.browse is None:
            return False
        self.threads.append(Thread(target=self.browse, args=(url,)))
        self.threads[-1].start()
        return True

    def ask(self, question):
        return self.answer(self)

    def join(self):
        for thread in self.threads:
            thread.join(20)
