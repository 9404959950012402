"""A client of ``mailer mcp``: in this process, or over the standard input and output of a real one."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import ElicitResult

from mailer.assistants.desk import Desk
from mailer.assistants.folder import Folder
from mailer.assistants.server import build
from tests.kit.letters import ME
from tests.kit.world import World, program

_FENCE = re.compile(r"--- untrusted (\w{16}) ---\n(.*)\n--- end \1 ---", re.DOTALL)


class Person:
    """Who sits before the client; ``answer`` is what they say, a function of the question or always the same."""

    def __init__(self, answer=("accept", {"send": True})):
        self.answer = answer
        self.asked = []

    async def __call__(self, _context, params):
        self.asked.append(params.message)
        action, content = self.answer(params.message) if callable(self.answer) else self.answer
        return ElicitResult(action=action, content=content)


class Talk:
    """A conversation with a server."""

    def __init__(self, client):
        self.client = client

    async def tools(self):
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def call(self, name, **arguments):
        """What stands within the fence, and whether it is an error."""
        result = await self.client.call_tool(name, arguments)
        (content,) = result.content
        return inside(content.text), bool(result.is_error)

    async def ok(self, name, **arguments):
        data, failed = await self.call(name, **arguments)
        assert not failed, data
        return data

    async def error(self, name, **arguments):
        data, failed = await self.call(name, **arguments)
        assert failed, data
        return data

    async def read(self, uri):
        (content,) = (await self.client.read_resource(uri)).contents
        return inside(content.text)


def inside(text):
    """The JSON that a result holds between its two lines."""
    found = _FENCE.search(text)
    assert found, text
    return json.loads(found[2])


def desk(tmp_path, **more):
    """A folder ``letters`` and the settings of a test."""
    folder = tmp_path / "letters"
    folder.mkdir(exist_ok=True)
    return Desk(Folder.of(folder), None, World(tmp_path).environ(MAILER_FROM=ME, **more))


def talk(conversation, desk_or_command, *, person=None, mode="auto", allow_send=False, **more):
    """Have a conversation, with a server here or with that of a command, and return what it returns."""

    @asynccontextmanager
    async def begun():
        server = desk_or_command
        if isinstance(server, Desk):
            server = build(server, allow_send=allow_send)
        async with Client(server, mode=mode, elicitation_callback=person, **more) as client:
            yield Talk(client)

    async def run():
        async with begun() as one:
            return await conversation(one)

    return anyio.run(run)


def command(tmp_path, *options, **more):
    """The real command, in a folder ``letters``."""
    (tmp_path / "letters").mkdir(exist_ok=True)
    first, *rest = program()
    arguments = [*rest, "mcp", "--folder", "letters", *options]
    env = World(tmp_path).environ(MAILER_FROM=ME, **more)
    return StdioServerParameters(command=first, args=arguments, env=env, cwd=tmp_path)
