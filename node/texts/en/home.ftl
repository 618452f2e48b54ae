### Home
good-morning = Good morning, { $name }
good-afternoon = Good afternoon, { $name }
good-evening = Good evening, { $name }
home-of = { $name } and its neighbors
home-public = Commonweal is where local groups that help children and families share what works, what there is to learn, and where to turn for help. All you see here is public; you need no account to read it.
home-alone = So far you see what { $name } keeps. Invite a neighbor or join a network, and what others share comes here.
home-quiet = Your neighbors have shared nothing new since you were here.
home-since = { $name } your neighbors shared { $what }.
since-today = Since this morning
since-yesterday = Since yesterday
since-weekday = Since { $name }
since-week = In the last week
since-date = Since you were here { $name }
both = { $name } and { $what }
and-more = more
practices-count = { $count ->
    [one] 1 practice
   *[other] { $count } practices
 }
lessons-count = { $count ->
    [one] 1 lesson
   *[other] { $count } lessons
 }
trainings-count = { $count ->
    [one] 1 training
   *[other] { $count } trainings
 }
calendar-count = { $count ->
    [one] 1 date for the calendar
   *[other] { $count } dates for the calendar
 }
directory-count = { $count ->
    [one] 1 place to turn to
   *[other] { $count } places to turn to
 }
collaboratives-count = { $count ->
    [one] 1 profile
   *[other] { $count } profiles
 }
library-count = { $count ->
    [one] 1 thing to read
   *[other] { $count } things to read
 }
announcements-count = { $count ->
    [one] 1 announcement
   *[other] { $count } announcements
 }
new-from-neighbors = New from your neighbors
new-here = New here
next-trainings = Next trainings
whole-calendar = The whole calendar
everything = Everything
all-trainings = All trainings
all-announcements = All announcements
who-shares-here = Who shares here
waits-for-you = Waiting for you
wait-backup = Do not lose it
wait-backup-deed = Look at backups
wait-vote = To vote on
wait-vote-deed = Read it and vote
wait-choose = Two answers
wait-choose-why = { $count ->
    [one] Two people changed the same thing.
   *[other] Two people answered { $count } questions at once.
 }
wait-choose-deed = Choose
wait-confirm = Is it still right?
wait-confirm-why = Last looked at { $name }.
wait-confirm-due = It was due { $name }.
wait-confirm-deed = Look at it
notice = Announcement
until-day = until { $name }
nothing-shared-inside = Write the first one, or invite somebody who has one to share.
invite-neighbor = Invite a neighbor
home-nobody = Neighbors helping families
