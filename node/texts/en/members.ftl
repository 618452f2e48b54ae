### Who belongs to the network
members = Members
members-lead = The collaboratives of this network. Each looks after its own records, and all decide together.
member-own = This is you
member-blocked = Blocked by you
former-member = A former member
shares-count = { $count ->
    [0] Nothing shared with you yet
    [one] 1 record here
   *[other] { $count } records here
 }
how-decided = How we decide
how-many-agree = { $count ->
    [1] One steward must agree to a change.
   *[other] { $count } stewards must agree to a change.
 }
until = Until { $name }
what-partners-get = What partners get
