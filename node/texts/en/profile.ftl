### A collaborative's own page
no-profile-yet = { $name } has not written about itself yet.
seven-components = How they work
seven-components-means = The seven core components of a collaborative, as they see themselves. No letter is right or wrong.
rates-itself = Their own rating: { $name }, on a scale from A to E
as-of = As of { $name }
can-teach = Can teach
wants-to-learn = Wants to learn
what-they-shared = What they have shared
they-meet = When they meet
reach-them = Reach them
every-day = { $count ->
    [one] Every day
   *[other] Every { $count } days
 }
every-week = { $count ->
    [one] Every week
   *[other] Every { $count } weeks
 }
every-month = { $count ->
    [one] Every month
   *[other] Every { $count } months
 }
every-year = { $count ->
    [one] Every year
   *[other] Every { $count } years
 }
every-on = { $every }: { $days }
nth-1 = first { $name }
nth-2 = second { $name }
nth-3 = third { $name }
nth-4 = fourth { $name }
nth-5 = fifth { $name }
nth-last = last { $name }
so-many-times = { $count ->
    [one] once
   *[other] { $count } times
 }
