### Le réseau
network = Réseau
network-none = Vous n’êtes encore dans aucun réseau. Rejoignez-en un avec une invitation, ou commencez le vôtre.
network-waiting = Vous avez demandé à entrer. Les garants du réseau votent ; cela peut prendre des jours, et vous n’avez rien à faire.
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
invite-means = Une invitation est une longue ligne. Qui l’a peut entrer une fois, dans les deux semaines : remettez-la vous-même.
invite-member = Inviter un nouveau membre
invite-partner = Inviter un partenaire
invitation = Votre invitation
invitation-means = Copiez-la maintenant : elle n’est montrée qu’une fois. Envoyez-la au groupe que vous invitez, et à personne d’autre.
invitation-line = L’invitation
join = Rejoindre un réseau
join-means = Collez l’invitation qu’un membre vous a donnée. Les membres voient alors le nom de votre collectif et ce que vous partagez avec le réseau ; ce qui est privé reste ici.
join-go = Demander à entrer
found-network = Commencer un réseau
found-means = Vous en êtes le premier membre et décidez seul, jusqu’à ce que vous en invitiez d’autres.
network-name = Comment s’appelle-t-il ?
network-purpose = À quoi sert-il ?
found-go = Le commencer
