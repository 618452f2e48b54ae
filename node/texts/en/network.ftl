### The network's room
network = Network
network-none = You belong to no network yet. Join one with an invitation, or begin your own.
network-waiting = You have asked to come in. The network’s stewards vote on it; that may take days, and you need do nothing.
members = Members
member-own = (that is you)
steward = Steward
partners = Partners
ground-rules = Ground rules
to-vote-on = To vote on
proposed-by = Proposed by { $name }
votes = { $approvals } of { $needed } votes
approve = We agree
reject = We do not agree
neighbors = Whom we hear from
up-to-date-with = { $count ->
    [0] Up to date with nobody just now
    [one] Up to date with 1 neighbor
   *[other] Up to date with { $count } neighbors
 }
invite = Invite
invite-means = An invitation is one long line. Whoever has it can come in once, in the next two weeks: hand it over yourself.
invite-member = Invite a new member
invite-partner = Invite a partner
invitation = Your invitation
invitation-means = Copy it now: it is shown only once. Send it to the group you invite, and to nobody else.
invitation-line = The invitation
join = Join a network
join-means = Paste the invitation that a member gave you. Members then see your collaborative’s name and what you share with the network; what is private stays here.
join-go = Ask to come in
found-network = Begin a network
found-means = You are its first member and decide alone, until you invite others.
network-name = What is it called?
network-purpose = What is it for?
found-go = Begin it
