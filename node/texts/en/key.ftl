### Access keys and app passwords
keys = Keys for apps and programs
keys-lead = An app or a program can come in for you, without your own password. Take a key back when you no longer use it.
key = Access key
key-made = The access key “{ $name }” is ready
app-password = App password
app-password-made = The app password “{ $name }” is ready
app-password-name = Name to sign in with
shown-once = Copy it now: it is shown only this once. If you lose it, make a new one.
app-passwords = App passwords
app-passwords-mean = For the calendar app on your phone or computer. It shows the trainings that you may see. If you may write here, you can also change your own collaborative’s trainings in it.
app-password-label = What is it for?
app-password-hint = Such as “Calendar on my phone”.
app-password-go = Make an app password
app-password-at = Address of the server
app-password-then = In your calendar app, add an account of the type CalDAV, and type these three.
addresses = Secret addresses of the calendar
addresses-mean = For a calendar that takes an address and no password, such as Google Calendar. It shows the trainings that you may see. Whoever has the address sees them too: keep it to yourself.
address-choices = It gets what you chose on the calendar’s page, and nothing else.
address = Secret address
address-made = The secret address “{ $name }” is ready
address-then = In your calendar, add a calendar by its address, and paste this.
address-label = What is it for?
address-hint = Such as “Google Calendar”.
address-go = Make a secret address
access-keys = Access keys
access-keys-mean = For programs that read or write records for you. Give each program its own key.
key-label = What is it for?
key-hint = Such as “Weekly report”.
key-scope = What may it do?
scope-address = See trainings
scope-calendar = See trainings
scope-read = Read
scope-write = Read and write
scope-admin = Read, write, and look after the network
key-go = Make an access key
keys-none = None yet.
made-ago = Made { $name }
used-ago = last used { $name }
used-never = never used
key-end = Take back
password-keys = { $count ->
    [one] Also take back my key for an app or program
   *[other] Also take back my { $count } keys for apps and programs
 }
password-keys-hint = Do this if somebody else may know your password or has your phone. You can make new keys at any time.
key-too-many = You have { $count } of them already. Take back one that you no longer use, then make a new one.
key-label-wrong = Say in a few words what it is for, in at most { $count } characters.
