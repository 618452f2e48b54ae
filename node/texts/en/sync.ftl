### How we stand with our neighbors, at the top of every page
sync-nobody = No neighbors yet
sync-up-to-date = { $count ->
    [one] Up to date with 1 neighbor
   *[other] Up to date with { $count } neighbors
 }
sync-arriving = { $count ->
    [one] Bringing over 1 thing
   *[other] Bringing over { $count } things
 }
sync-waiting = Waiting for { $name }
sync-waiting-since = Waiting for { $name } since { $when }
sync-some = Up to date with { $count } of { $of } neighbors
### What came meanwhile
news-practices = { $name } shared a new practice
news-lessons = { $name } shared a new lesson
news-trainings = { $name } shared a new training
news-calendar = { $name } shared a new date
news-directory = { $name } shared new local help
news-collaboratives = { $name } shared a new profile
news-library = { $name } shared something for the library
news-announcements = { $name } shared a new announcement
news-several = { $name } shared { $count } things
news-of-several = { $neighbors } neighbors shared { $count } things
news-show = Show it
news-close = Close this note
without-connection = You are reading without a connection. What you see may be from before.
