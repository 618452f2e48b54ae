### Le calendrier
calendar = Calendrier
calendar-lead = Formations et rencontres, les vôtres et celles de vos voisins, jour après jour.
calendar-find = Chercher dans le calendrier
calendar-new = Ajouter une date
times-are = Heures : { $name }
this-month = Ce mois-ci
in-month = En { $name }
month-caption = { $name }. Les mêmes dates sont dans la liste ci-dessous.
dates-held = { $count ->
    [one] 1 date
   *[other] { $count } dates
 }
nothing-in-month = Rien en { $name } pour l’instant
next-date = La prochaine date : { $name }
by-topic = Thème
by-county = Comté
by-mode = Comment
online = En ligne
on-paper = Sur papier
on-paper-means = Le mois sur une page, puis la liste, pour un tableau d’affichage.
print-month = Imprimer ce mois
keep-calendar = Gardez-le dans votre calendrier
keep-calendar-means = Le calendrier de votre téléphone ou de votre ordinateur montre alors ces dates de lui-même, avec chaque changement. Il reçoit ce qui est public.
keep-choices = Il reçoit ce que vous avez choisi sur cette page, et rien d’autre.
keep-apple = Apple ou Outlook
keep-google = Google Agenda
keep-file = Fichier pour d’autres calendriers
keep-session = Ajoutez-la à votre calendrier
keep-session-means = Dans Apple, Outlook et Google, elle suit chaque changement. Un fichier reste tel qu’il est maintenant.
keep-address = Adresse pour d’autres calendriers
keep-slow = Certains calendriers mettent jusqu’à un jour à montrer les changements.
keep-secret = Pour tout ce que vous pouvez voir, ou pour modifier vos formations depuis votre application d’agenda :
keep-secret-go = créez une adresse secrète ou un mot de passe d’application
seats = { $count ->
    [one] 1 place
   *[other] { $count } places
 }
is-cancelled = Annulé
is-postponed = Reporté
is-moved = Déplacé
is-tentative = Pas encore certain
when-they-are = Les dates sont dans le calendrier
