"""Eclipse Paho for Python, told what to do by lines of JSON, and telling in lines of JSON what happened."""
import json
import ssl
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

lock = threading.Lock()


def say(**event):
    with lock:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


options = json.loads(sys.stdin.readline())
five = options["version"] == 5
web = options["transport"] in ("ws", "wss")
arguments = {"client_id": options["clientId"], "transport": "websockets" if web else "tcp"}
if five:
    arguments["protocol"] = mqtt.MQTTv5
else:
    arguments["protocol"] = mqtt.MQTTv311
    arguments["clean_session"] = not options["lasting"]
client = mqtt.Client(**arguments)
client.username_pw_set(options["username"], options["password"])
if web:
    client.ws_set_options(path="/mqtt")
if options["transport"] in ("tls", "wss"):
    client.tls_set(ca_certs=options["ca"], tls_version=ssl.PROTOCOL_TLS_CLIENT)
if options.get("will"):
    will = options["will"]
    client.will_set(will["topic"], will["payload"], will["qos"], will["retain"])


def on_connect(_client, _data, flags, code, _properties=None):
    value = code if isinstance(code, int) else code.value
    say(event="connected", code=value, present=bool(flags["session present"]))


def on_message(_client, _data, message):
    properties = {}
    if five:
        found = message.properties
        for name, key in (("ContentType", "contentType"), ("ResponseTopic", "responseTopic")):
            if hasattr(found, name):
                properties[key] = getattr(found, name)
        if hasattr(found, "CorrelationData"):
            properties["correlation"] = found.CorrelationData.decode()
        if hasattr(found, "UserProperty"):
            properties["user"] = dict(found.UserProperty)
        if hasattr(found, "MessageExpiryInterval"):
            properties["expiryS"] = found.MessageExpiryInterval
    say(
        event="message",
        topic=message.topic,
        payload=message.payload.decode(),
        qos=message.qos,
        retain=bool(message.retain),
        properties=properties,
    )


client.on_connect = on_connect
client.on_message = on_message
client.on_subscribe = lambda _c, _d, mid, *_rest: say(event="done", mid=mid)
client.on_publish = lambda _c, _d, mid, *_rest: say(event="done", mid=mid)
client.on_disconnect = lambda *_rest: say(event="disconnected")

if five:
    properties = Properties(PacketTypes.CONNECT)
    if options["lasting"]:
        properties.SessionExpiryInterval = 600
    client.connect("localhost", options["port"], clean_start=not options["lasting"], properties=properties)
else:
    client.connect("localhost", options["port"])
client.loop_start()

for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "subscribe":
        _, mid = client.subscribe(command["filter"], command["qos"])
        say(event="begun", mid=mid)
    elif command["do"] == "publish":
        written = None
        given = command.get("properties")
        if five and given is not None:
            written = Properties(PacketTypes.PUBLISH)
            if "contentType" in given:
                written.ContentType = given["contentType"]
            if "responseTopic" in given:
                written.ResponseTopic = given["responseTopic"]
            if "correlation" in given:
                written.CorrelationData = given["correlation"].encode()
            if "user" in given:
                written.UserProperty = list(given["user"].items())
            if "expiryS" in given:
                written.MessageExpiryInterval = given["expiryS"]
        keywords = {"properties": written} if five else {}
        info = client.publish(command["topic"], command["payload"], command["qos"], command["retain"], **keywords)
        say(event="begun", mid=info.mid)
    elif command["do"] == "disconnect":
        client.disconnect()
