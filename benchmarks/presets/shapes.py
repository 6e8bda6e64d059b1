"""A raw event as each preset's stream has it. One function a stream; `SHAPES` is the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from benchmarks.presets.people import Moment

Shape = Callable[[Moment], dict[str, Any]]


def segment(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "type": m.pick("track", "page", "identify"),
        "event": m.pick("Product Viewed", "Product Added", "Order Completed"),
        "messageId": _id(m, "m"),
        "originalTimestamp": m.iso,
        "sentAt": m.iso,
        "receivedAt": m.iso,
        "timestamp": m.iso,
        "userId": p.name,
        "anonymousId": f"a-{p.name}",
        "traits": {"email": f"{p.name}@mail.example"},
        "context": {
            "ip": p.ip,
            "userAgent": f"{d.browser} on {d.model}",
            "timezone": "Europe/Berlin",
            "locale": p.language,
            "app": {"name": "shop", "version": m.pick("7.1.3", "7.1.2", "7.0.9")},
            "device": {"type": d.kind, "id": p.ad, "advertisingId": p.ad, "model": d.model},
            "os": {"name": d.os},
            "screen": {"width": d.width, "height": d.height},
            "location": {"country": p.country, "city": p.region, "latitude": p.lat, "longitude": p.lon},
            "page": {"url": f"https://shop.example/c/{m.dice.randrange(40)}?gclid={m.number}", "referrer": "https://search.example/?q=x"},
            "campaign": {"source": m.pick("search", "mail"), "medium": m.pick("cpc", "mail")},
        },
        "properties": {"category": _category(m), "currency": "EUR", "total": _price(m)},
    }  # fmt: skip


def snowplow(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "app_id": "shop", "platform": "web", "event": m.pick("page_view", "struct", "transaction"),
        "event_id": _id(m, "e"), "collector_tstamp": m.iso, "dvce_created_tstamp": m.iso, "derived_tstamp": m.iso,
        "user_id": p.name, "domain_userid": f"d-{p.name}", "network_userid": p.ad, "user_fingerprint": p.number * 7919,
        "domain_sessionid": _id(m, "s"), "user_ipaddress": p.ip, "useragent": f"{d.browser} on {d.model}",
        "geo_country": p.country, "geo_region": p.region[-1], "geo_city": p.region, "geo_latitude": p.lat,
        "geo_longitude": p.lon, "page_url": f"https://shop.example/c/{m.dice.randrange(40)}?gclid=1",
        "page_referrer": "https://search.example/?q=x", "page_title": "a page", "br_lang": p.language,
        "br_name": d.browser, "os_name": d.os, "os_timezone": "Europe/Berlin", "dvce_type": d.kind,
        "dvce_screenwidth": d.width, "dvce_screenheight": d.height, "br_viewwidth": d.width - 17,
        "br_viewheight": d.height - 133, "se_category": _category(m), "se_action": m.pick("view", "add"),
        "se_value": _price(m),
    }  # fmt: skip


def ga4(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "event_date": m.at.strftime("%Y%m%d"), "event_timestamp": m.ms * 1000,
        "event_previous_timestamp": m.ms * 1000 - 77_000_000, "event_name": m.pick("page_view", "scroll", "purchase"),
        "event_value_in_usd": _price(m), "user_id": p.name, "user_pseudo_id": f"p.{p.number}",
        "stream_id": "1234567", "platform": "WEB",
        "event_params": [{"key": "ga_session_id", "value": {"int_value": m.ms}}],
        "user_properties": [{"key": "plan", "value": {"string_value": "x"}}],
        "device": {"category": d.kind, "operating_system": d.os, "mobile_model_name": d.model, "vendor_id": p.ad,
                   "language": p.language, "web_info": {"browser": d.browser, "browser_version": "120.0.6099.144",
                                                         "hostname": "shop.example"}},
        "geo": {"continent": "Europe" if p.country != "US" else "Americas", "country": p.country, "region": p.region,
                "city": p.region, "sub_continent": "x"},
        "traffic_source": {"source": m.pick("search", "mail"), "medium": m.pick("cpc", "organic"), "name": "c"},
        "ecommerce": {"purchase_revenue": _price(m), "transaction_id": _id(m, "t")},
    }  # fmt: skip


def openrtb(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "id": _id(m, "r"), "tmax": 120, "at": 1,
        "imp": [{"id": "1", "tagid": "t", "bidfloor": _price(m) / 100, "banner": {"w": 300, "h": 250}}],
        "site": {"domain": m.pick("news.example", "games.example"), "page": "https://news.example/a", "cat": ["IAB1"]},
        "device": {
            "ua": f"{d.browser} on {d.model}", "ip": p.ip, "ifa": p.ad, "dnt": 0, "lmt": int(p.number % 5 == 0),
            "devicetype": {"mobile": 4, "desktop": 2, "tablet": 5}[d.kind], "os": d.os, "osv": "14.1", "model": d.model,
            "language": p.language, "w": d.width, "h": d.height, "connectiontype": 2 if p.number % 3 else 6,
            "geo": {"country": {"DE": "DEU", "FR": "FRA", "US": "USA", "GB": "GBR"}[p.country], "lat": p.lat,
                    "lon": p.lon, "city": p.region, "zip": "10115"},
        },
        "user": {"id": p.name, "buyeruid": p.ad, "yob": 1950 + p.number % 50, "consent": "CPx"},
        "regs": {"coppa": 0, "gdpr": 1},
    }  # fmt: skip


def atproto(m: Moment) -> dict[str, Any]:
    return {
        "did": f"did:plc:{m.person.name}", "time_us": m.ms * 1000, "kind": "commit",
        "commit": {
            "rev": _id(m, "3k"), "rkey": _id(m, "3j"), "cid": _id(m, "bafy"),
            "operation": m.pick("create", "delete"),
            "collection": m.pick("app.bsky.feed.like", "app.bsky.feed.post", "app.bsky.graph.follow"),
            "record": {"text": "hello", "langs": [m.person.language], "createdAt": m.iso},
        },
    }  # fmt: skip


def activitystreams(m: Moment) -> dict[str, Any]:
    actor = f"https://social.example/users/{m.person.name}"
    return {
        "@context": "https://www.w3.org/ns/activitystreams", "type": m.pick("Create", "Like", "Announce"),
        "id": f"{actor}/{m.number}", "actor": actor, "published": m.iso, "to": ["as:Public"], "cc": [f"{actor}/followers"],
        "object": {"type": m.pick("Note", "Article"), "id": f"{actor}/o/{m.number}", "content": "hello",
                   "attributedTo": actor, "published": m.iso, "sensitive": False, "language": m.person.language},
    }  # fmt: skip


def cloudevents(m: Moment) -> dict[str, Any]:
    p = m.person
    return {
        "specversion": "1.0", "id": _id(m, "e"), "source": f"/users/{p.name}", "subject": p.name, "time": m.iso,
        "type": m.pick("order.placed", "order.paid", "order.sent"), "datacontenttype": "application/json",
        "dataschema": "https://schemas.example/order/1",
        "data": {"status": m.pick("open", "done"), "country": p.country, "amount": _price(m), "email": f"{p.name}@mail.example"},
    }  # fmt: skip


def debezium(m: Moment) -> dict[str, Any]:
    p = m.person
    row = {"id": p.number + 1, "email": f"{p.name}@mail.example", "phone": p.phone, "country": p.country,
           "status": "active" if p.number % 4 else "paused"}  # fmt: skip
    return {
        "op": m.pick("u", "c"), "ts_ms": m.ms, "ts_us": m.ms * 1000,
        "before": {**row, "balance": _price(m)}, "after": {**row, "balance": _price(m)},
        "source": {"connector": "postgresql", "db": "shop", "schema": "public", "table": "customers", "lsn": m.ms, "txId": m.ms},
    }  # fmt: skip


def cdr(m: Moment) -> dict[str, Any]:
    p = m.person
    other = m.dice.randrange(2_000)
    return {
        "record_type": "mo", "call_id": _id(m, "c"), "caller": p.phone, "callee": f"+49151{other:07d}",
        "caller_imsi": f"26201{p.number:010d}", "callee_imsi": f"26201{other:010d}",
        "caller_imei": _luhn(f"49015420{p.number:06d}"), "start": m.iso, "end": m.iso,
        "duration": m.dice.randrange(1, 900), "cell_id": f"26201-{p.region}-{p.number % 50}", "cell_lat": p.lat,
        "cell_lon": p.lon, "region": p.region, "network": m.pick("4G", "5G"), "direction": m.pick("out", "in"),
        "service": m.pick("data", "voice", "sms"), "roaming": p.number % 10 == 0, "bytes": m.dice.randrange(10**8),
        "cause": m.pick("normal", "busy"),
    }  # fmt: skip


def ip_log(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "time": m.iso, "remote_addr": p.ip, "remote_user": p.name, "method": m.pick("GET", "POST"),
        "host": m.pick("shop.example", "www.shop.example"), "uri": f"/c/{m.dice.randrange(40)}?q={p.name}",
        "protocol": m.pick("HTTP/2.0", "HTTP/1.1"), "status": int(m.pick("200", "304", "404")),
        "bytes": m.dice.randrange(60_000), "request_time": round(m.dice.random(), 3),
        "referer": "https://search.example/?q=x", "user_agent": f"{d.browser} on {d.model}",
        "accept_language": p.language, "country": p.country, "tls_protocol": m.pick("TLSv1.3", "TLSv1.2"),
        "ja3": p.ad, "request_id": _id(m, "r"), "cookie": p.ad,
    }  # fmt: skip


def receipts(m: Moment) -> dict[str, Any]:
    p = m.person
    items = [
        {"sku": f"SKU-{m.dice.randrange(500)}", "category": _category(m), "quantity": 1, "price": _price(m)}
        for _ in range(m.dice.randrange(1, 6))
    ]
    total = round(sum(item["price"] for item in items), 2)
    return {
        "receipt_id": _id(m, "r"), "terminal_id": "t-1", "customer_id": p.name, "loyalty_id": p.ad, "time": m.iso,
        "store": {"id": p.region, "region": p.region, "chain": m.pick("Alpha", "Beta"), "format": m.pick("city", "mall")},
        "payment": {"method": m.pick("card", "cash", "wallet"), "card": "4111111111111111"}, "items": items,
        "total": min(total, 499.0), "tax": round(total * 0.19, 2), "currency": "EUR", "channel": m.pick("shop", "web"),
    }  # fmt: skip


def app_telemetry(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "event": m.pick("start", "crash", "feature"), "event_id": _id(m, "e"), "session_id": _id(m, "s"),
        "install_id": p.name, "time": m.iso, "uptime_ms": m.dice.randrange(10**7),
        "app": {"version": m.pick("7.1.3", "7.1.2", "7.0.9"), "channel": m.pick("store", "beta"), "build": "7130"},
        "device": {"class": d.kind, "model": d.model, "serial": p.ad, "ram_gb": 4 + 4 * (p.number % 3), "cores": 8},
        "os": {"name": d.os, "version": "14.1.2"}, "locale": p.language, "country": p.country,
        "network": {"type": m.pick("wifi", "cellular"), "ssid": p.name}, "feature": _category(m),
        "duration_ms": m.dice.randrange(60_000), "error": {"code": m.pick("E1", "E2"), "message": f"for {p.name}"},
        "fingerprint": {"canvas": p.ad},
    }  # fmt: skip


def iot(m: Moment) -> dict[str, Any]:
    p = m.person
    kind = m.pick("plug", "thermostat", "sensor")
    return {
        "topic": f"home/{p.name}/{kind}", "client_id": p.ad, "device_id": f"{kind}-{p.name}", "household": p.name,
        "time": m.iso, "kind": kind, "firmware": m.pick("2.1", "2.0"), "model": f"{kind}-{p.number % 4}",
        "serial": p.ad, "location": {"lat": p.lat, "lon": p.lon}, "postcode": f"{10000 + p.number}", "room": "bath",
        "region": p.country, "battery": m.dice.randrange(100), "rssi": -m.dice.randrange(40, 90),
        "readings": {"temperature": round(18 + m.dice.random() * 6, 1), "power_w": m.dice.randrange(3000), "motion": True},
        "status": m.pick("ok", "warn"),
    }  # fmt: skip


def ad_exchange(m: Moment) -> dict[str, Any]:
    p, d = m.person, m.person.device
    return {
        "event": m.pick("impression", "click", "conversion"), "auction_id": _id(m, "a"), "impression_id": _id(m, "i"),
        "user_id": p.name, "ad_id": p.ad, "time": m.iso, "ip": p.ip, "user_agent": f"{d.browser} on {d.model}",
        "page_url": "https://news.example/a?b=c", "segments": ["s1"], "lat": p.lat, "lon": p.lon,
        "publisher": m.pick("news", "games", "mail"), "advertiser": m.pick("cars", "shoes"),
        "campaign": f"c{m.dice.randrange(9)}", "creative": _id(m, "x"), "country": p.country, "os": d.os,
        "device_type": d.kind, "size": m.pick("300x250", "728x90"), "price": _price(m) / 100, "currency": "EUR",
        "gdpr": 1, "consent": "CPx",
    }  # fmt: skip


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "segment": segment, "snowplow": snowplow, "ga4": ga4, "openrtb": openrtb, "atproto": atproto,
        "activitystreams": activitystreams, "cloudevents": cloudevents, "debezium": debezium, "cdr": cdr,
        "ip-log": ip_log, "receipts": receipts, "app-telemetry": app_telemetry, "iot": iot, "ad-exchange": ad_exchange,
    }
)  # fmt: skip


def _id(m: Moment, kind: str) -> str:
    return f"{kind}-{m.person.number}-{m.number}-{m.ms}"


def _category(m: Moment) -> str:
    return m.pick("shoes", "books", "garden", "toys", "music")


def _price(m: Moment) -> float:
    return round(m.dice.lognormvariate(3.2, 0.8), 2)


def _luhn(digits: str) -> str:
    doubled = [int(d) * (2 if at % 2 else 1) for at, d in enumerate(digits)]
    return digits + str(-sum(n // 10 + n % 10 for n in doubled) % 10)
