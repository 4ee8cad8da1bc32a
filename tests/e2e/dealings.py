# SPDX-License-Identifier: Apache-2.0
"""Business that gateways have with each other, for tests that bring them to grief: documents that are answered, learned and copied.

A deal is an aggregation of its own from its registration to its bill, and a bill each way in X12.  The utility copies what
is registered and available to an RTO.  All of it is made beforehand, so that a back office can say it again: a command that was not
answered is given again under its own --id.  What must hold afterwards is in promises.py.
"""
import hashlib
import itertools
import json
import re

from gateway import DONE, receipts_later, tieline, write
from test_copies import RTO_ID, change, copies, fresh
from test_deadlines import moment
from test_registry_day import REFUSE
from test_x12_exchange import BILL, EDI, interchange, turned

COPIED = ("aggregation_registration", "registration_decision", "availability")
NAMES = [*COPIED, "service_request", "service_offer", "service_award", "service_performance", "invoice"]
AREAS = {"aggregation_registration": "aggregation", "registration_decision": "aggregation",
         "service_performance": "billing", "invoice": "billing"}
FOLLOWS = {"registration_id": "aggregation_registration", "request_id": "service_request", "offer_id": "service_offer",
           "award_id": "service_award"}
WORDS = "(?:AGG|R|SP|M|CONSENT|INV|AW|IA)"  # names in the examples: other ones for each deal
OWN_WORDS = re.compile(rf"\b{WORDS}-[0-9-]+\b")
X12 = "x12"
UNTIL_WHEN = {"availability": "expires_at", "service_request": "respond_by", "service_offer": "offer_valid_until",
              "service_award": "accept_by"}
DAY_S = 86400  # tests that try all there is are at work for hours
UNTIL = ("--deadline", "1d")
LINES, LOOKS = 200, 10


class Said:
    """One message: who says it to whom, how, and what it was."""

    def __init__(self, sender, receiver, area, path, message_id, name):
        self.sender, self.receiver, self.area, self.path, self.message_id, self.name = sender, receiver, area, path, message_id, name
        self.is_x12, self._looks = name == X12, 0
        self.options = EDI if self.is_x12 else ()

    def once(self, env=None):
        """Whether the command was told that it is taken."""
        return self.sender.send(self.receiver, self.area, self.path, "--id", self.message_id, *UNTIL, *self.options,
                                check=None, env=env).returncode == DONE

    def shown(self):
        """What its sender says of it, who may have other troubles."""
        shown = self.sender.run("show", self.message_id, "--json", check=None)
        return json.loads(shown.stdout) if shown.returncode == DONE else {"state": "", "events": []}

    def delivered(self):
        """By its sender's log, and now and then by a question: who says it may be gone with the line, and questions are calls, too."""
        self._looks += 1
        return any(f"message-delivered msg={self.message_id} " in line for line in self.sender.lines[-LINES:]) or \
            (self._looks % LOOKS == 1 and self.shown()["state"] == "delivered")

    def understood(self):
        """Of X12: its answer was."""
        return any(event["what"] == "x12-accepted" for event in self.shown()["events"])


class Trio:
    """A utility, an aggregator, and an RTO that the utility copies to; each refuses what does not agree with its registry.

    `later`: receipts come by themselves, in connections of their own.
    """

    COPIED = COPIED

    def __init__(self, world, folder, later=False):
        self.later = later
        self.utility, self.aggregator = world.pair()
        self.rto = world.gateway("RTO", RTO_ID, "rto")
        self.utility.knows(self.rto)
        self.rto.knows(self.utility)
        self.all = (self.utility, self.aggregator, self.rto)
        self.folder, self.deals, self._numbers = folder, [], itertools.count()
        self._templates = {name: json.loads(tieline("new", name).stdout) for name in NAMES}
        self._times = [moment(-3600), moment(-2700)]
        self._begun = {seconds: moment(seconds) for seconds in (-7200, -60, 0, DAY_S)}
        for one, to in ((self.utility, self.aggregator), (self.aggregator, self.utility)):
            change(one, to, documents=REFUSE, x12="{ examine: true, unknown-sets: accept }")
        change(self.utility, self.rto, copies=copies(*COPIED))
        change(self.rto, self.utility, documents=REFUSE)
        for other in (self.aggregator, self.rto) if later else ():
            receipts_later(self.utility, other)
            receipts_later(other, self.utility)

    def deal(self):
        """The next one; nothing of it is said yet."""
        self.deals.append(Deal(self, next(self._numbers)))
        return self.deals[-1]

    def document(self, name, deal):
        made = json.loads(OWN_WORDS.sub(lambda word: f"{word[0]}-{deal.number}", json.dumps(self._templates[name])))
        sender, receiver = ((self.aggregator, self.utility) if made["sender_role"] == "aggregator" else
                            (self.utility, self.aggregator))
        made.update(document_id=deal.ids[name], correlation_id=deal.ids[name], sender_id=sender.id, receiver_id=receiver.id,
                    created_at=self._begun[0])
        for follows, of in FOLLOWS.items():
            if follows in made:
                made[follows] = deal.ids[of]
                if "in_reply_to" in made:
                    made["in_reply_to"] = deal.ids[of]
        for at, interval in zip(self._times, made.get("intervals", [])):
            interval["start"] = at
        made.update(self._more(name, deal, made))
        return sender, receiver, made

    def _more(self, name, deal, made):
        begun = self._begun
        if name == "aggregation_registration":
            return {"requested_effective_from": begun[-7200]}
        if name == "registration_decision":
            return {"approved_from": begun[-7200], "review_started_at": begun[-60], "decided_at": begun[0]}
        if name in UNTIL_WHEN:
            return {UNTIL_WHEN[name]: begun[DAY_S]}
        if name == "service_performance":
            return {"dispatch_ids": []}
        if name == "invoice":  # of its own lines: the same ones would be the same bill
            return {"performance_ids": [deal.ids["service_performance"]], "summary_hash": deal.summary,
                    "lines": [{**line, "award_id": deal.ids["service_award"]} for line in made["lines"]]}
        return {}


class Deal:
    def __init__(self, trio, number):
        self.number = number
        self.ids = {name: fresh() for name in NAMES}
        self.summary = hashlib.sha256(f"bill {number}".encode()).hexdigest()
        self.aggregation = f"AGG-0042-{number}"
        self.steps = [self._document(trio, name) for name in NAMES]
        self.steps.insert(1, self._x12(trio, trio.utility, trio.aggregator, lambda text: text))
        self.steps.insert(4, self._x12(trio, trio.aggregator, trio.utility, turned))

    def _document(self, trio, name):
        sender, receiver, made = trio.document(name, self)
        path = write(trio.folder / f"{self.number}-{name}.json", json.dumps(made).encode())
        return Said(sender, receiver, AREAS.get(name, "availability"), path, f"{self.number}-{name}@{sender.id}", name)

    def _x12(self, trio, sender, receiver, turn):
        """By turns one that is answered by a 997, and one of a later version, by a 999; each asks for a TA1, too."""
        text = turn(interchange([BILL], number=self.number + 1, isa14="1"))
        if self.number % 2:
            text = text.replace(b"*X*004010", b"*X*005010")
        path = write(trio.folder / f"{self.number}-{sender.id}.edi", text)
        return Said(sender, receiver, "billing", path, f"{self.number}-x12@{sender.id}", X12)

    def in_any_words(self, text):
        """What is said in this deal, in the words of any."""
        for label, name in (*self.ids.items(), ("summary", self.summary)):
            text = text.replace(name, label)
        return re.sub(rf"\b({WORDS}-[0-9-]+)-{self.number}\b", r"\1", re.sub(rf"\b{self.number}-(\w+@)", r"\1", text))
