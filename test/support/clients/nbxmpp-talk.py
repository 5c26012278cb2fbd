"""nbxmpp, the library that Gajim is made of, as it comes: logs in, says one thing to a peer, asks for the archive, and
prints what it hears."""

import json
import sys

import gi

gi.require_version("Soup", "3.0")
from gi.repository import Gio, GLib  # noqa: E402
from nbxmpp.client import Client  # noqa: E402
from nbxmpp.const import ConnectionProtocol, ConnectionType  # noqa: E402
from nbxmpp.protocol import Message, Presence  # noqa: E402
from nbxmpp.structs import StanzaHandler  # noqa: E402

user, password, where, mode, ca, peer, body = sys.argv[1:]
loop = GLib.MainLoop()
modes = {
    "starttls": (ConnectionProtocol.TCP, ConnectionType.START_TLS),
    "direct": (ConnectionProtocol.TCP, ConnectionType.DIRECT_TLS),
    "wss": (ConnectionProtocol.WEBSOCKET, ConnectionType.DIRECT_TLS),
}
# Gajim, too, keeps its own list of certificates that are none of the system's.
Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(ca))
client = Client()
client.set_domain("localhost")
client.set_username(user)
client.set_password(password)
client.set_resource("nbxmpp")
client.set_custom_host(where, *modes[mode])


def say(**said):
    print(json.dumps(said), flush=True)


def leave(why):
    say(error=why)
    loop.quit()


def started(*_):
    say(bound=str(client.get_bound_jid()))
    client.send_stanza(Presence())
    client.send_stanza(Message(to=peer, body=body, typ="chat"))


def heard(_, stanza, properties):
    if properties.is_mam_message:
        say(archived=properties.body)
    elif properties.body is not None and properties.type.is_chat:
        say(**{"from": str(properties.from_.bare), "body": properties.body, "named": bool(properties.stanza_ids)})
        archive = client.get_module("MAM")
        archive.make_query(client.get_bound_jid().new_as_bare(), queryid="all", callback=found)


def found(task):
    say(complete=task.finish().complete)
    client.disconnect()


client.register_handler(StanzaHandler(name="message", callback=heard, priority=90))
client.subscribe("connected", started)
client.subscribe("resource-bound", lambda *_: None)
client.subscribe("connection-failed", lambda *_: leave(str(client.get_error())))
client.subscribe("disconnected", lambda *_: loop.quit())
client.connect()
GLib.timeout_add_seconds(30, leave, "nothing came")
loop.run()
