### Local help
map-of = Map of the counties of { $name }. Every place on it is in the list.
county-lines = County lines: U.S. Census Bureau.
print-list = Print this list
what-in = { $what } in { $name }
county-of = { $name } County
