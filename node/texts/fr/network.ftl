### Le réseau
network = Réseau
network-begin-or-join = Commencer un réseau, ou en rejoindre un
network-none = Vous n’êtes encore dans aucun réseau. Rejoignez-en un avec une invitation, ou commencez le vôtre.
network-ask-admin = La personne qui s’occupe de Commonweal ici peut rejoindre un réseau ou en commencer un. Demandez-lui.
count-members = { $count ->
    [one] { $count } membre
   *[other] { $count } membres
 }
count-came = { $count ->
    [one] { $count } nouveau venu attend
   *[other] { $count } nouveaux venus attendent
 }
count-to-vote-on = { $count ->
    [one] { $count } point à voter
   *[other] { $count } points à voter
 }
arriving-now = { $count ->
    [one] { $count } élément arrive…
   *[other] { $count } éléments arrivent…
 }
arriving-meanwhile = Vous pouvez tout utiliser en attendant. Ce qui est arrivé est déjà là.
invitations-short = Faire venir un voisin
proposals-short = Rien à voter
sharing-short = Ce que nous demandons, et ce que nous donnons
health-short = La place sur le disque, et ce qui a besoin de vous
steward = Garant
partners = Partenaires
ground-rules = Règles de vie
next-title = Et ensuite
join = Rejoindre un réseau
join-paste = L’invitation
join-means = Collez l’invitation qu’un membre vous a donnée. Les membres voient alors le nom de votre collectif et ce que vous partagez avec le réseau ; ce qui est privé reste ici.
join-paste-hint = Collez le lien ou la longue ligne qu’un membre vous a donnés. Si vous l’avez sur papier, photographiez le carré avec un téléphone et envoyez-vous ce qu’il dit.
join-go = Demander à entrer
seen-title = Ce que les membres peuvent voir
seen-name = Le nom et le lieu de votre collectif.
seen-network = Ce que vous partagez avec le réseau, à partir de là.
kept-title = Ce qui reste chez vous
kept-private = Tout ce qui est privé. Cela ne quitte pas cet ordinateur.
kept-choice = Le choix : vous dites pour chaque fiche qui peut l’avoir.
found-network = Commencer un réseau
found-means = Vous en êtes le premier membre et décidez seul, jusqu’à ce que vous en invitiez d’autres.
network-name = Comment s’appelle-t-il ?
network-purpose = À quoi sert-il ?
network-rules = Règles de vie
network-rules-hint = Qui décide, qui parle aux médias, ce qui reste entre vous. Vous pourrez les ajouter plus tard.
network-review = Quand en reparlons-nous ?
found-go = Le commencer
waiting-title = Presque arrivés
waiting-lead = Nous avons demandé à entrer. Maintenant le réseau décide.
waiting-reach = Nous essayons encore de joindre la personne qui vous a invités. Laissez cet ordinateur allumé.
waiting-network = Vous avez demandé à rejoindre { $name }. Maintenant ses membres décident.
waiting-1 = La personne qui vous a invités voit les quatre mêmes images et vous appelle. Si les quatre sont les mêmes, elle dit oui.
waiting-2 = Les garants du réseau votent. Là où un seul garant décide, c’est tout de suite ; sinon cela peut prendre des jours.
waiting-3 = Ce que les membres partagent vient chez vous. Vous pouvez vous en servir pendant que le reste arrive.
look-again = Regarder à nouveau
four-title = Appelez. Voyez-vous les quatre mêmes images ?
four-newcomer = La personne qui vous a invités voit aussi quatre images avec des mots. Lisez-lui les vôtres au téléphone.
four-host = De leur côté aussi, il y a quatre images avec des mots. Demandez qu’on vous les lise au téléphone.
four-differ = Ce ne sont pas les mêmes
four-differ-newcomer = Alors quelqu’un s’est peut-être mis entre vous. Arrêtez, et demandez une nouvelle invitation par un autre chemin. Rien de chez vous n’a été partagé.
stop-joining = Arrêter
four-same = Oui, les quatre mêmes
four-not-same = Non, ne pas les laisser entrer
invited-title = Vous êtes invités dans un réseau
invited-here = Lisez ceci, puis demandez à entrer.
invited-elsewhere = Cette invitation s’utilise dans votre propre Commonweal, pas ici.
invited-how = Comment l’utiliser
invited-1 = Ouvrez votre propre Commonweal et connectez-vous. Si vous n’en avez pas encore, installez-le d’abord.
invited-2 = Choisissez « Réseau », puis « Rejoindre un réseau ».
invited-3 = Collez-y l’invitation.
