### The network's room
network = Network
network-begin-or-join = Begin a network, or join one
network-none = You belong to no network yet. Join one with an invitation, or begin your own.
network-ask-admin = Whoever looks after Commonweal here can join a network or begin one. Ask them.
count-members = { $count ->
    [one] 1 member
   *[other] { $count } members
 }
count-came = { $count ->
    [one] 1 newcomer is waiting
   *[other] { $count } newcomers are waiting
 }
count-to-vote-on = { $count ->
    [one] 1 thing to vote on
   *[other] { $count } things to vote on
 }
arriving-now = { $count ->
    [one] Bringing over 1 thing…
   *[other] Bringing over { $count } things…
 }
arriving-meanwhile = You can use everything meanwhile. What has come is here already.
invitations-short = Bring in a neighbor
proposals-short = Nothing to vote on
sharing-short = What we ask for, and what we give
health-short = Room on the disk, and what needs you
steward = Steward
partners = Partners
ground-rules = Ground rules
next-title = What happens next
join = Join a network
join-paste = The invitation
join-means = Paste the invitation that a member gave you. Members then see your collaborative’s name and what you share with the network; what is private stays here.
join-paste-hint = Paste the link or the long line that a member gave you. If you have it on paper, take a picture of the square with a phone and send yourself what it says.
join-go = Ask to come in
seen-title = What members can see
seen-name = The name and place of your collaborative.
seen-network = What you share with the network, from then on.
kept-title = What stays with you
kept-private = Everything private. It does not leave this computer.
kept-choice = The choice: you say for each record who may have it.
found-network = Begin a network
found-means = You are its first member and decide alone, until you invite others.
network-name = What is it called?
network-purpose = What is it for?
network-rules = Ground rules
network-rules-hint = Who decides, who speaks to the media, what stays among you. You can add them later.
network-review = When do we look at this again?
found-go = Begin it
waiting-title = Almost there
waiting-lead = We asked to come in. Now the network decides.
waiting-reach = We are still trying to reach who invited you. Leave this computer on.
waiting-network = You asked to join { $name }. Now its members decide.
waiting-1 = Whoever invited you sees the same four pictures and calls you. If all four match, they say yes.
waiting-2 = The stewards of the network vote. Where one steward decides, that is at once; else it may take days.
waiting-3 = What members share comes to you. You can use it while more is coming.
look-again = Look again
four-title = Call them. Are these the same four?
four-newcomer = Whoever invited you sees four pictures with words as well. Read yours to them by phone.
four-host = They see four pictures with words as well. Have them read theirs to you by phone.
four-differ = They are not the same
four-differ-newcomer = Then somebody may have come in between. Stop, and ask for a new invitation in another way. Nothing of yours was shared.
stop-joining = Stop joining
four-same = Yes, the same four
four-not-same = No, turn them away
invited-title = You are invited to a network
invited-here = Read this, then ask to come in.
invited-elsewhere = This invitation is used in your own Commonweal, not here.
invited-how = How to use it
invited-1 = Open your own Commonweal and sign in. If you have none yet, install it first.
invited-2 = Choose “Network”, then “Join a network”.
invited-3 = Paste the invitation there.
