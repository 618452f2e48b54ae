### Ce que disent les pages en français. en.ftl dit la même chose.

# Autour de chaque page
skip = Aller au contenu de la page
main-menu = Principal
quick-menu = Raccourcis
all-sections = Toutes les rubriques
more = Plus
home = Accueil
about-this-site = Pratiques, formations et aide locale partagées par { $name } et ses voisins.
whose-node = { $name } tient cette copie de Commonweal. Vous lisez ici ce que ce collectif et ses voisins ont rendu public.
printed-from = Imprimé depuis { $name }. Vérifiez les horaires avant de vous déplacer.
colors = Couleurs
colors-device = Comme mon appareil
colors-light = Clair
colors-dark = Sombre
language = Langue
where-you-are = Où vous êtes

# Les rubriques : leur nom, ce qu’elles sont, et leur champ de recherche
practices = Pratiques
practices-lead = Ce qui aide les familles, dans les mots de celles et ceux qui font le travail.
practices-find = Chercher une pratique
lessons = Leçons
lessons-lead = Ce qui s’est passé quand quelqu’un a essayé une pratique, et ce qu’il referait.
lessons-find = Chercher une leçon
trainings = Formations
trainings-lead = Ce que vous pouvez apprendre avec vos voisins, et quand.
trainings-find = Chercher une formation
directory = Aide locale
directory-lead = Les lieux où les familles peuvent aller, tenus à jour par le collectif qui les connaît.
directory-find = Chercher une aide locale
collaboratives = Collectifs
collaboratives-lead = Qui travaille ensemble ici, et comment les joindre.
collaboratives-find = Chercher un collectif
library = Bibliothèque
library-lead = Ce qui vaut la peine d’être lu, vu et écouté.
library-find = Chercher dans la bibliothèque
announcements = Annonces
announcements-lead = Des nouvelles de vos voisins.
announcements-find = Chercher une annonce
search = Chercher
search-lead = Une seule recherche dans tout ce qui est partagé ici.
search-find = Chercher partout

# Les listes
narrow = Affiner la liste
shared-by = Partagé par
show-results = Voir les résultats
found = { $count ->
    [one] { $count } résultat
   *[other] { $count } résultats
 }
found-for = pour « { $name } »
clear-all = Tout effacer
newest-first = Les plus récents d’abord
best-first = Les plus proches d’abord
no-match = Rien ne correspond
no-match-then = Essayez moins de mots, ou retirez un filtre.
nothing-shared = Rien ici pour l’instant
nothing-shared-then = { $name } n’a encore rien rendu public ici. Demandez-le-lui, ou revenez plus tard.
pages = Pages
page-before = Page précédente
page-after = Page suivante
page-of = Page { $page } sur { $pages }

# Accueil
home-lead = Ce que { $name } et ses voisins partagent avec tout le monde.
new-here = Nouveau ici
everything = Tout voir
all-trainings = Toutes les formations
who-shares-here = Qui partage ici

# Une fiche
shared-by-name = Partagé par { $name }
changed-when = modifié { $name }
at-a-glance = En bref
print = Imprimer
copy-link = Copier le lien
history = Ce qui a changé
two-answers = Deux réponses : { $name }
audience-private = Votre collectif seulement
audience-partners = Partenaires nommés
audience-network = Votre réseau
audience-public = Tout le monde
yes = Oui
no = Non

# Quand il n’y a rien
nothing-here = Il n’y a rien ici
nothing-here-then = La page a peut-être changé d’adresse, ou elle n’est pas pour tout le monde. Cherchez-la, ou repartez de l’accueil.
not-now = Cela n’a pas marché cette fois
not-now-then = Rien n’est perdu. Attendez un instant, puis rechargez la page.

# Les jours
today = aujourd’hui
yesterday = hier
days-ago = il y a { $days } jours
on-day = le { $day } { $month }
on-day-and-year = le { $day } { $month } { $year }
weekday-and-day = { $weekday } { $day } { $month } { $year }
weekday-0 = dim.
weekday-1 = lun.
weekday-2 = mar.
weekday-3 = mer.
weekday-4 = jeu.
weekday-5 = ven.
weekday-6 = sam.
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
day-and-time = { $day } à { $hour } h { $minute }
before-noon = du matin
after-noon = de l’après-midi
years = { $count ->
    [one] { $count } an
   *[other] { $count } ans
 }
months = { $count ->
    [one] { $count } mois
   *[other] { $count } mois
 }
weeks = { $count ->
    [one] { $count } semaine
   *[other] { $count } semaines
 }
days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
 }
hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
 }
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }

# Se connecter
welcome = Bienvenue
welcome-lead = Tapez le code d’installation que Commonweal a montré là où il a été lancé, et choisissez comment vous vous connecterez désormais.
set-up-code = Code d’installation
set-up-code-hint = Huit lettres et chiffres, montrés dans la fenêtre où Commonweal tourne.
set-up-go = Installer
sign-in = Se connecter
sign-in-lead = Pour les gens de { $name }. Ce qui est public se lit sans se connecter.
sign-in-name = Courriel ou nom
password = Mot de passe
password-hint = Au moins { $count } caractères. Quelques mots à la suite se retiennent bien.
your-account = Votre compte
signed-in-as = Vous êtes connecté comme { $name }.
sign-out = Se déconnecter
role-reader = Vous pouvez lire tout ce qui est ici.
role-editor = Vous pouvez lire et écrire tout ce qui est ici.
role-admin = Vous pouvez tout lire et tout écrire, et vous vous occupez des personnes et des réglages.
whose-node-inside = { $name } tient cette copie de Commonweal. Ce que vous écrivez ici n’est partagé que si vous le choisissez.
not-in-wrong = Ce nom et ce mot de passe ne vont pas ensemble. Réessayez.
not-in-pause = Trop d’essais. Attendez une minute, puis réessayez.
not-in-code = Ce n’est pas le code d’installation. Regardez dans la fenêtre où Commonweal tourne ; le code change à chaque démarrage.
not-in-taken = Quelqu’un a déjà fait l’installation. Connectez-vous plutôt.
not-in-name = Tapez le nom ou le courriel avec lequel vous voulez vous connecter, en 80 caractères au plus.
not-in-password = Choisissez un mot de passe d’au moins { $count } caractères.

practices-new = Partager une pratique
lessons-new = Partager une leçon
trainings-new = Ajouter une formation
directory-new = Ajouter une aide
collaboratives-new = Décrire le vôtre
library-new = Ajouter un document
announcements-new = Annoncer

# Écrire
new-title = Nouveau : { $name }
edit-title = Modifier « { $name } »
edit-again = Regardez encore une fois
form-more = Plus : thèmes, lieux, contacts, licence
what-to-write = Ce que vous voulez écrire
needed = (nécessaire)
needed-to-share = (nécessaire pour partager)
no-names = N’écrivez jamais le nom d’une personne aidée, ni rien qui dise qui elle est.
not-saved = Pas encore enregistré. Rien de ce que vous avez tapé n’est perdu.
wrong-in = { $name } : { $what }
who-will-see = Qui verra ceci ?
who-may-see = Qui peut le voir
who-private = Nous seulement : cela reste sur notre ordinateur
who-network = Tous les membres de notre réseau
who-public = Tout le monde, aussi sur le web
wider-means = Si plus de gens peuvent le voir qu’avant, ils reçoivent une nouvelle copie sans son histoire. Ce que vous avez écrit avant de partager reste chez vous.
narrower-means = Si moins de gens peuvent le voir, ceux qui l’ont déjà gardent ce qu’ils ont et ne reçoivent rien de nouveau.
save = Enregistrer
leave = Laisser
choose = Choisir
edit = Modifier
delete = Supprimer
delete-title = Supprimer ceci partout ?
delete-means = Cela disparaît de cet ordinateur et de chez tous ceux avec qui vous l’avez partagé, dès que leurs ordinateurs l’apprennent. On ne peut pas le faire revenir.
delete-go = Supprimer
copied = Copié
first-made = l’a écrit

# Le réseau
network = Réseau
network-none = Vous n’êtes encore dans aucun réseau. Rejoignez-en un avec une invitation, ou commencez le vôtre.
network-waiting = Vous avez demandé à entrer. Les garants du réseau votent ; cela peut prendre des jours, et vous n’avez rien à faire.
members = Membres
member-own = (c’est vous)
steward = Garant
partners = Partenaires
ground-rules = Règles de vie
to-vote-on = À voter
proposed-by = Proposé par { $name }
votes = { $approvals } voix sur { $needed } nécessaires
approve = Nous sommes d’accord
reject = Nous ne sommes pas d’accord
neighbors = De qui nous avons des nouvelles
up-to-date-with = { $count ->
    [0] À jour avec personne pour l’instant
    [one] À jour avec { $count } voisin
   *[other] À jour avec { $count } voisins
 }
invite = Inviter
invite-means = Une invitation est une longue ligne. Qui l’a peut entrer une fois, dans les deux semaines : remettez-la vous-même.
invite-member = Inviter un nouveau membre
invite-partner = Inviter un partenaire
invitation = Votre invitation
invitation-means = Copiez-la maintenant : elle n’est montrée qu’une fois. Envoyez-la au groupe que vous invitez, et à personne d’autre.
invitation-line = L’invitation
join = Rejoindre un réseau
join-means = Collez l’invitation qu’un membre vous a donnée. Les membres voient alors le nom de votre collectif et ce que vous partagez avec le réseau ; ce qui est privé reste ici.
join-go = Demander à entrer
found-network = Commencer un réseau
found-means = Vous en êtes le premier membre et décidez seul, jusqu’à ce que vous en invitiez d’autres.
network-name = Comment s’appelle-t-il ?
network-purpose = À quoi sert-il ?
found-go = Le commencer
