"""Sends calls to the providers of the zone that the request names, where there are any."""

from wit_world.exports.routing import Decision_All, Decision_Subset
from yumen import Manifest, Plugin, router_plugin


class AddTenant(Plugin):
    manifest = Manifest(name="add-tenant", version="0.1.0", call_wants=["request.x-zone"])

    def __init__(self):
        # For each service: the number of the list of each zone.
        self.services = {}

    def prepare(self, snapshot):
        lists = {}
        for place, endpoint in enumerate(snapshot.endpoints):
            lists.setdefault(endpoint.zone, []).append(place)
        self.services[snapshot.service] = {zone: number for number, zone in enumerate(lists)}
        return list(lists.values())

    def route(self, service, wanted):
        number = self.services.get(service, {}).get(wanted[0])
        return Decision_All() if number is None else Decision_Subset(number)


Lifecycle, Routing = router_plugin(AddTenant())
