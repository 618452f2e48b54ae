### One's own settings
settings-own = You
settings-node = { $name }
settings-password = Choose a new one.
settings-sign-ins = See your browsers, and sign out of those you no longer use.
settings-keys = For your calendar app, and for programs that read or write for you.
settings-people = Invite colleagues, and choose what each of them can do.
settings-sheet = The 24 words that bring your collaborative back if this computer is lost.
settings-set-up = Finish what you left for later, or change your name and block.
settings-network = Who belongs, what to vote on, whom we hear from.
signed-in-as = You are signed in as { $name }.
signed-in-name = You sign in with { $name }.
password-changed = Your password is changed. You are signed out everywhere else.
password-new = New password
password-old = Your password now
password-lead = You stay signed in here, and are signed out everywhere else.
password-go = Save the new password
password-wrong = That is not your password. Try again.
prove = Is it you?
prove-lead = Type your password once more. We ask before changes that matter, in case this browser was left open.
go-on = Go on
sign-ins = Where you are signed in
sign-ins-lead = If you do not know one of these, sign it out and choose a new password.
sign-in-this = this one
sign-in-began = Signed in { $name }
sign-in-seen = last used { $name }
sign-out-others = Sign out everywhere else
browser-on = { $name } on { $what }
browser-unknown = Some browser
two-step = Sign in with a code too
two-step-lead = Besides your password, you type a code from an app on your phone. Then a stolen password is not enough.
two-step-is-on = This is on.
two-step-is-off = This is off.
two-step-1 = Open an authenticator app on your phone. Any one that shows six-digit codes will do.
two-step-2 = Add an account there: point it at this picture, or type the letters.
two-step-secret = The letters to type
two-step-3 = Type the six digits that the app shows now
two-step-on = Turn it on
two-step-off = Turn it off
two-step-off-means = Then your password alone lets you in.
codes = Print these ten codes
codes-mean = If you lose your phone, one of them lets you in. Each works once. They are shown only now: print them, or write them down.
codes-kept = I have them
codes-left = { $count ->
    [0] You have no printed codes left. Turn it off and on again to get new ones.
    [one] You have 1 printed code left.
   *[other] You have { $count } printed codes left.
 }
sheet = Recovery sheet
sheet-lead = Print it, and keep it somewhere safe, away from this computer.
sheet-ask = Whoever reads this sheet can act as your collaborative, and nobody can take that back. Type your password to see it.
sheet-show = Show the sheet
sheet-done = Done
sheet-of = Recovery sheet of { $name }
sheet-what = These 24 words, in this order, are the key of our collaborative. Besides this computer, they stand only on paper like this one.
sheet-how = If the computer is lost: install Commonweal on another one, start it with these words, and ask a neighbor for a new invitation. What was shared comes back. What was private is only where you keep copies.
sheet-node = This computer’s name among neighbors:
sheet-care = Keep this sheet like a house key. Do not take a picture of it, and do not type the words into any web page.
