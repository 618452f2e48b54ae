### Ce qui entoure une fiche
checked-by = Vérifié par { $name }, { $when }
never-checked = Personne n’a encore vérifié cette fiche
still-right = C’est toujours juste
languages-of-record = Langues de cette fiche
translated = { $name }, { $by }, { $age }.
by-machine = par une machine
by-person = par une personne
as-new = aussi récent que l’original
older-today = un peu plus ancien que l’original
older-days = { $count ->
    [one] 1 jour plus ancien que l’original
   *[other] { $count } jours plus ancien que l’original
 }
older-weeks = { $count ->
    [one] 1 semaine plus ancien que l’original
   *[other] { $count } semaines plus ancien que l’original
 }
older-months = { $count ->
    [one] 1 mois plus ancien que l’original
   *[other] { $count } mois plus ancien que l’original
 }
older-unknown = peut-être plus ancien que l’original
dates-of-it = Quand cela a lieu
also-used-by = Utilisé aussi par
used-lesson = { $name } l’a essayée et a écrit une leçon
used-version = { $name } en a fait sa propre version
what-they-changed = Ce qui a été changé :
and-others = { $count ->
    [one] et 1 autre
   *[other] et { $count } autres
 }
belongs-to-it = En fait partie
see-also = Voir aussi
about-record = À propos de cette fiche
shared-by-whom = Partagé par
used-by = { $count ->
    [one] Utilisé aussi par 1 groupe
   *[other] Utilisé aussi par { $count } groupes
 }
