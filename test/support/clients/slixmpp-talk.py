"""slixmpp as it comes: logs in, says one thing to a peer, prints the first thing it hears, and leaves in good order."""

import json
import sys

import slixmpp

jid, password, host, port, mode, ca, peer, body = sys.argv[1:]


class Talk(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("message", self.heard)
        self.add_event_handler("failed_all_auth", lambda _: self.left("refused"))
        self.add_event_handler("connection_failed", lambda why: self.left(f"not connected: {why}"))
        self.add_event_handler("disconnected", lambda _: self.loop.stop())

    def left(self, why):
        print(json.dumps({"error": why}), flush=True)
        self.abort()
        self.loop.stop()

    async def started(self, _):
        await self.get_roster()
        self.send_presence()
        self.send_message(mto=peer, mbody=body, mtype="chat")
        said = {"bound": str(self.boundjid), "tls": self.transport.get_extra_info("ssl_object").version()}
        print(json.dumps(said), flush=True)

    def heard(self, message):
        if message["type"] == "chat" and message["body"]:
            print(json.dumps({"from": message["from"].bare, "body": message["body"]}), flush=True)
            self.disconnect()


client = Talk()
client.ca_certs = ca
# Its legacy SSL is TLS from the first byte (XEP-0368).
client.connect((host, int(port)), use_ssl=mode == "direct", force_starttls=mode == "starttls")
client.loop.run_forever()
