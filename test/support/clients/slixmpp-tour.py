"""slixmpp as it comes, with the plugins a chat client has: one step after the other, each says what it saw as a line of JSON.

Alice has two devices, bob one, which answers receipts by itself."""

import asyncio
import io
import json
import pathlib
import sys

import aiohttp
import slixmpp

alice, alice_password, bob, bob_password, port, ca, room = sys.argv[1:]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
patience = 30


def say(step, **seen):
    print(json.dumps({"step": step, **seen}), flush=True)


class Device(slixmpp.ClientXMPP):
    def __init__(self, jid, password, direct):
        super().__init__(jid, password)
        for plugin in (30, 45, 59, 60, 84, 163, 172, 184, 198, 280, 313, 333, 363):
            self.register_plugin(f"xep_{plugin:04}")
        self["xep_0163"].add_interest("http://jabber.org/protocol/nick")
        self.ca_certs = ca
        self.direct = direct
        for trouble in ("failed_all_auth", "connection_failed", "ssl_invalid_chain"):
            self.add_event_handler(trouble, lambda why, trouble=trouble: say(trouble, why=str(why)))
        self.port = int(port.split(",")[1 if direct else 0])

    def dial(self):
        self.connect(("127.0.0.1", self.port), use_ssl=self.direct, force_starttls=not self.direct, disable_starttls=self.direct)

    def coming(self, event, fits=lambda _: True):
        """The next event of which it holds; to be asked for before its cause."""
        came = loop.create_future()

        def look(what):
            if came.done() or not fits(what):
                return
            self.del_event_handler(event, look)
            came.set_result(what)

        self.add_event_handler(event, look)
        return asyncio.wait_for(came, patience)

    async def come(self):
        started = self.coming("session_start")
        managed = self.coming("sm_enabled")
        self.dial()
        await started
        await managed
        await self.get_roster()
        self.send_presence()


async def tour():
    phone, desk = Device(f"{alice}/phone", alice_password, False), Device(f"{alice}/desk", alice_password, True)
    friend = Device(f"{bob}/desk", bob_password, True)
    await asyncio.gather(phone.come(), desk.come(), friend.come())
    say("login", bound=[str(one.boundjid) for one in (phone, desk, friend)])

    # XEP-0280: what one device says, the other sees; XEP-0184: and bob's has it.
    await desk["xep_0280"].enable()
    carbon = desk.coming("carbon_sent")
    heard = friend.coming("message", lambda message: message["body"] == "to bob")
    receipt = phone.coming("receipt_received")
    message = phone.make_message(mto=bob, mbody="to bob", mtype="chat")
    message["request_receipt"] = True
    message.enable("markable")
    message.send()
    at_bob = await heard
    say("receipt", right=(await receipt)["receipt"] == message["id"])
    say("carbon", body=(await carbon)["carbon_sent"]["body"])

    # XEP-0333.
    shown = phone.coming("marker_displayed", lambda marker: marker["displayed"]["id"] == message["id"])
    friend["xep_0333"].send_marker(at_bob["from"], at_bob["id"], "displayed")
    say("marker", by=(await shown)["from"].bare)

    # XEP-0045.
    await phone["xep_0045"].join_muc_wait(room, "alice", maxstanzas=0)
    await friend["xep_0045"].join_muc_wait(room, "bob", maxstanzas=0)
    here = friend.coming("groupchat_message", lambda message: message["body"] == "to all")
    phone.send_message(mto=room, mbody="to all", mtype="groupchat")
    said = await here
    say("room", by=said["from"].resource, occupants=sorted(friend["xep_0045"].get_roster(room)))

    # XEP-0313, in pages of one (XEP-0059).
    pages = [
        found["mam_result"]["forwarded"]["stanza"]["body"]
        async for found in phone["xep_0313"].iterate(with_jid=slixmpp.JID(bob), rsm={"max": 1})
    ]
    answer = await phone["xep_0313"].retrieve(jid=slixmpp.JID(room), rsm={"max": 10})
    in_room = [found["mam_result"]["forwarded"]["stanza"]["body"] for found in answer["mam"]["results"]]
    say("archive", account=[body for body in pages if body], room=[body for body in in_room if body])

    # XEP-0163: a nick, which the other device hears of.
    nick = desk.coming("user_nick_publish")
    await phone["xep_0172"].publish_nick("Alice in the field")
    say("nick", nick=(await nick)["pubsub_event"]["items"]["item"]["nick"]["nick"])

    # XEP-0060.
    service = f"pubsub.{phone.boundjid.host}"
    pubsub = phone["xep_0060"]
    await pubsub.create_node(service, "harvest")
    await friend["xep_0060"].subscribe(service, "harvest", bare=True)
    published = friend.coming("pubsub_publish")
    payload = slixmpp.ET.fromstring('<apples xmlns="urn:example:harvest">7</apples>')
    await pubsub.publish(service, "harvest", id="first", payload=payload)
    event = await published
    items = await friend["xep_0060"].get_items(service, "harvest")
    say(
        "node",
        event=event["pubsub_event"]["items"]["item"]["id"],
        items=[item["payload"].text for item in items["pubsub"]["items"]],
    )

    # XEP-0363. Its own search for the service fails on this Python: asyncio.wait takes no coroutines since 3.11.
    phone["xep_0363"].upload_service = slixmpp.JID(f"upload.{phone.boundjid.host}")
    url = await phone["xep_0363"].upload_file(
        pathlib.Path("list.txt"),
        size=6,
        content_type="text/plain",
        input_file=io.BytesIO(b"apples"),
    )
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        say("file", status=response.status, type=response.content_type, body=(await response.read()).decode())

    # XEP-0198: cut, written to, resumed.
    gone = phone.coming("disconnected")
    phone.transport.abort()
    await gone
    late = phone.coming("message", lambda message: message["body"] == "while you were away")
    friend.send_message(mto=f"{alice}/phone", mbody="while you were away", mtype="chat")
    resumed = phone.coming("session_resumed")
    phone.dial()
    await resumed
    say("resumed", body=(await late)["body"])

    for one in (phone, desk, friend):
        await one.disconnect()


try:
    loop.run_until_complete(asyncio.wait_for(tour(), 100))
except Exception as error:
    say("error", error=repr(error))
