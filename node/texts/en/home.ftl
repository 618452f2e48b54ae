### Home
home-lead = What { $name } and its neighbors share with everybody.
new-here = New here
everything = Everything
all-trainings = All trainings
who-shares-here = Who shares here
