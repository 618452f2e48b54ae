### Qui fait partie du réseau
members = Membres
members-lead = Les collectifs de ce réseau. Chacun s’occupe de ses propres fiches, et tous décident ensemble.
member-own = C’est vous
member-blocked = Bloqué par vous
former-member = Un ancien membre
shares-count = { $count ->
    [0] Rien de partagé avec vous pour l’instant
    [one] { $count } fiche ici
   *[other] { $count } fiches ici
 }
how-decided = Comment nous décidons
how-many-agree = { $count ->
    [1] Un garant doit être d’accord pour un changement.
   *[other] { $count } garants doivent être d’accord pour un changement.
 }
until = Jusqu’au { $name }
what-partners-get = Ce que reçoivent les partenaires
