### What the pages say in English. One line each; fr.ftl says the same.

# Around every page
skip = Skip to the main part of the page
main-menu = Main
quick-menu = Quick
all-sections = All sections
more = More
home = Home
about-this-site = Shared practices, trainings, and local help from { $name } and its neighbors.
whose-node = { $name } runs this copy of Commonweal. Here you read what it and its neighbors have made public.
printed-from = Printed from { $name }. Please check times before you travel.
colors = Colors
colors-device = As my device
colors-light = Light
colors-dark = Dark
language = Language
where-you-are = Where you are

# Rooms: the name of each, what it is, and its search field
practices = Practices
practices-lead = What is helping families, in the words of the people doing the work.
practices-find = Search practices
lessons = Lessons
lessons-lead = What happened when somebody tried a practice, and what they would do again.
lessons-find = Search lessons
trainings = Trainings
trainings-lead = What you can learn with your neighbors, and when.
trainings-find = Search trainings
directory = Local help
directory-lead = Places families can go, kept by the collaborative that knows them.
directory-find = Search local help
collaboratives = Collaboratives
collaboratives-lead = Who works together here, and how to reach them.
collaboratives-find = Search collaboratives
library = Library
library-lead = Things worth reading, watching, and listening to.
library-find = Search the library
announcements = Announcements
announcements-lead = News from your neighbors.
announcements-find = Search announcements
search = Search
search-lead = One search over everything shared here.
search-find = Search everything

# Lists
narrow = Narrow the list
shared-by = Shared by
show-results = Show results
found = { $count ->
    [one] 1 found
   *[other] { $count } found
 }
found-for = for “{ $name }”
clear-all = Clear all
newest-first = Newest first
best-first = Best first
no-match = Nothing matches
no-match-then = Try fewer words, or clear a filter.
nothing-shared = Nothing here yet
nothing-shared-then = { $name } has not made anything public here. Ask them to, or come back later.
pages = Pages
page-before = Page before
page-after = Next page
page-of = Page { $page } of { $pages }

# Home
home-lead = What { $name } and its neighbors share with everybody.
new-here = New here
everything = Everything
all-trainings = All trainings
who-shares-here = Who shares here

# One record
shared-by-name = Shared by { $name }
changed-when = changed { $name }
at-a-glance = At a glance
print = Print
copy-link = Copy link
history = What changed
two-answers = Two answers: { $name }
audience-private = Only your collaborative
audience-partners = Named partners
audience-network = Your network
audience-public = Everybody
yes = Yes
no = No

# When something is not there
nothing-here = There is nothing here
nothing-here-then = The page may have moved, or it is not for everybody. Search for it, or start from home.
not-now = That did not work just now
not-now-then = Nothing is lost. Wait a moment, then load the page again.

# Days
today = today
yesterday = yesterday
days-ago = { $days } days ago
on-day = on { $month } { $day }
on-day-and-year = on { $month } { $day }, { $year }
weekday-and-day = { $weekday }, { $month } { $day }, { $year }
weekday-0 = Sun
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
day-and-time = { $day }, { $twelve }:{ $minute } { $half }
before-noon = AM
after-noon = PM
years = { $count ->
    [one] { $count } year
   *[other] { $count } years
 }
months = { $count ->
    [one] { $count } month
   *[other] { $count } months
 }
weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
 }
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
 }
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }

# Signing in
welcome = Welcome
welcome-lead = Type the set-up code that Commonweal showed where it was started, and choose how you sign in from now on.
set-up-code = Set-up code
set-up-code-hint = Eight letters and numbers, shown in the window where Commonweal runs.
set-up-go = Set up
sign-in = Sign in
sign-in-lead = For the people of { $name }. What is public you can read without.
sign-in-name = E-mail or name
password = Password
password-hint = At least { $count } characters. A few words in a row are easy to remember.
your-account = Your account
signed-in-as = You are signed in as { $name }.
sign-out = Sign out
role-reader = You can read everything that is here.
role-editor = You can read and write everything that is here.
role-admin = You can read and write everything, and you look after people and settings.
whose-node-inside = { $name } runs this copy of Commonweal. What you write here is shared only when you choose so.
not-in-wrong = That name and password do not belong together. Try again.
not-in-pause = Too many tries. Wait a minute, then try again.
not-in-code = That is not the set-up code. Look in the window where Commonweal runs; the code changes each time it starts.
not-in-taken = Somebody has set this up already. Sign in instead.
not-in-name = Type the name or e-mail you want to sign in with, in at most 80 characters.
not-in-password = Choose a password with at least { $count } characters.

practices-new = Share a practice
lessons-new = Share a lesson
trainings-new = Add a training
directory-new = Add local help
collaboratives-new = Describe yours
library-new = Add something
announcements-new = Announce

# Writing
new-title = New: { $name }
edit-title = Change “{ $name }”
edit-again = Look at this again
form-more = More: topics, places, contacts, licence
what-to-write = What you want to write
needed = (needed)
needed-to-share = (needed to share it)
no-names = Never write the name of a client, or anything that tells who somebody is.
not-saved = Not saved yet. Nothing you typed is lost.
wrong-in = { $name }: { $what }
who-will-see = Who will see this?
who-may-see = Who may see it
who-private = Only we: it stays on our own computer
who-network = All members of our network
who-public = Everybody, also on the web
wider-means = If more people may see it than before, they get a new copy without its history. What you wrote before you shared it stays with you.
narrower-means = If fewer may see it, those who already have it keep what they have and get nothing new.
save = Save
leave = Leave it
choose = Choose
edit = Change it
delete = Delete
delete-title = Delete this everywhere?
delete-means = It goes from this computer and from everybody you shared it with, as soon as their computers hear of it. It cannot be brought back.
delete-go = Delete it
copied = Copied
first-made = wrote it first

# The network's room
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
