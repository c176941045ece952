"""Picks the provider with the fewest calls on their way."""

from wit_world.imports import endpoint_stats
from yumen import NOBODY, Manifest, Plugin, balancer_plugin


class AddTenant(Plugin):
    manifest = Manifest(name="add-tenant", version="0.1.0")

    def __init__(self):
        # How many providers each list has.
        self.lists = {}

    def rebuild(self, number, snapshot):
        self.lists[number] = len(snapshot.endpoints)

    def forget(self, number):
        self.lists.pop(number, None)

    def pick(self, number, key, attempt, exclude):
        places = range(self.lists.get(number, 0))
        free = [place for place in places if place != exclude and endpoint_stats.available(place)]
        return min(free, key=endpoint_stats.active, default=NOBODY)


Lifecycle, Balancing = balancer_plugin(AddTenant())
