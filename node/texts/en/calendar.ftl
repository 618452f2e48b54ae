### The calendar
calendar = Calendar
calendar-lead = Trainings and meetings of you and your neighbors, day by day.
calendar-find = Search the calendar
calendar-new = Add a date
times-are = Times are { $name }
this-month = This month
in-month = In { $name }
month-caption = { $name }. The same dates are listed below.
dates-held = { $count ->
    [one] 1 date
   *[other] { $count } dates
 }
nothing-in-month = Nothing in { $name } yet
next-date = The next date is { $name }
by-topic = Topic
by-county = County
by-mode = How
online = Online
on-paper = On paper
on-paper-means = The month on one page and the list after it, made for a bulletin board.
print-month = Print this month
keep-calendar = Keep it on your own calendar
keep-calendar-means = The calendar on your phone or computer then shows these dates by itself, with every change. It gets what is public.
keep-choices = It gets what you chose on this page, and nothing else.
keep-apple = Apple or Outlook
keep-google = Google Calendar
keep-file = File for other calendars
keep-session = Add it to your calendar
keep-session-means = In Apple, Outlook and Google it follows every change. A file stays as it is now.
keep-address = Address for other calendars
keep-slow = Some calendars take up to a day to show changes.
keep-secret = For everything that you may see, or to change your own trainings from your calendar app:
keep-secret-go = make a secret address or an app password
seats = { $count ->
    [one] 1 seat
   *[other] { $count } seats
 }
is-cancelled = Canceled
is-postponed = Postponed
is-moved = Moved
is-tentative = Not yet certain
when-they-are = When they are held stands in the calendar
