### Accueil
good-morning = Bonjour { $name }
good-afternoon = Bonjour { $name }
good-evening = Bonsoir { $name }
home-of = { $name } et ses voisins
home-public = Commonweal est le lieu où des groupes locaux qui aident les enfants et les familles partagent ce qui marche, ce qu’on peut apprendre et où trouver de l’aide. Tout ce que vous voyez ici est public ; vous pouvez le lire sans compte.
home-alone = Pour l’instant, vous voyez ce que garde { $name }. Invitez un voisin ou rejoignez un réseau, et ce que les autres partagent arrivera ici.
home-quiet = Vos voisins n’ont rien partagé de nouveau depuis votre visite.
home-since = { $name }, vos voisins ont partagé { $what }.
since-today = Depuis ce matin
since-yesterday = Depuis hier
since-weekday = Depuis { $name }
since-week = Depuis une semaine
since-date = Depuis votre visite, { $name }
both = { $name } et { $what }
and-more = d’autres choses
practices-count = { $count ->
    [one] 1 pratique
   *[other] { $count } pratiques
 }
lessons-count = { $count ->
    [one] 1 leçon
   *[other] { $count } leçons
 }
trainings-count = { $count ->
    [one] 1 formation
   *[other] { $count } formations
 }
calendar-count = { $count ->
    [one] 1 date au calendrier
   *[other] { $count } dates au calendrier
 }
directory-count = { $count ->
    [one] 1 lieu d’aide
   *[other] { $count } lieux d’aide
 }
collaboratives-count = { $count ->
    [one] 1 présentation
   *[other] { $count } présentations
 }
library-count = { $count ->
    [one] 1 document
   *[other] { $count } documents
 }
announcements-count = { $count ->
    [one] 1 annonce
   *[other] { $count } annonces
 }
new-from-neighbors = Nouveau chez vos voisins
new-here = Nouveau ici
next-trainings = Prochaines formations
whole-calendar = Tout le calendrier
everything = Tout voir
all-trainings = Toutes les formations
all-announcements = Toutes les annonces
who-shares-here = Qui partage ici
waits-for-you = Ce qui vous attend
wait-backup = Pour ne rien perdre
wait-backup-deed = Voir les sauvegardes
wait-vote = À voter
wait-vote-deed = Lire et voter
wait-choose = Deux réponses
wait-choose-why = { $count ->
    [one] Deux personnes ont changé la même chose.
   *[other] Deux personnes ont répondu en même temps à { $count } questions.
 }
wait-choose-deed = Choisir
wait-confirm = Est-ce toujours juste ?
wait-confirm-why = Vérifié pour la dernière fois { $name }.
wait-confirm-due = C’était prévu { $name }.
wait-confirm-deed = Vérifier
notice = Annonce
until-day = jusqu’au { $name }
nothing-shared-inside = Écrivez la première fiche, ou invitez quelqu’un qui a quelque chose à partager.
invite-neighbor = Inviter un voisin
home-nobody = Des voisins au service des familles
