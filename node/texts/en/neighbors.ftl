### How we stand with each neighbor
neighbors = Neighbors
neighbors-none = You have no neighbors yet. Invite one, and you see here how you stand with them.
neighbor-partner = Partner
neighbor-up-to-date = Up to date
neighbor-up-to-date-then = {""}
neighbor-arriving = { $count ->
    [one] 1 record is on its way
   *[other] { $count } records are on their way
 }
neighbor-arriving-then = You can use what has come already.
neighbor-short = Some records did not come whole
neighbor-short-then = We ask again by ourselves. If it stays like this for days, call them.
neighbor-asking = Getting to know each other
neighbor-asking-then = This takes a moment.
neighbor-away = Not connected
neighbor-away-then = Their computer or the connection is off. We try again by ourselves; nothing is lost.
neighbor-unknown = Never met
neighbor-unknown-then = They have not told yet where their computer is. It comes by itself, through other neighbors.
neighbor-heard = Last heard from: { $name }
neighbor-connected = Connected since: { $name }
neighbor-never = Not heard from yet
way-near = In the same building or network
way-far = Over the internet
way-calls = They call us
block-ask = Have nothing to do with { $name }?
block-means = No connection, nothing given, nothing taken. This is between you and them: they stay a member, nobody is told, and what you share with the whole network still reaches them through others. What is here stays here. You can end it at any time.
block-member = Block { $name }
blocked = Blocked
blocked-means = You have nothing to do with these members. They still belong to the network.
blocked-since = Blocked since: { $name }
unblock-go = Unblock { $name }
