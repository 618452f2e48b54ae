### Où nous en sommes avec chaque voisin
neighbors = Voisins
neighbors-none = Vous n’avez pas encore de voisins. Invitez-en un, et vous verrez ici où vous en êtes avec lui.
neighbor-partner = Partenaire
neighbor-up-to-date = À jour
neighbor-up-to-date-then = {""}
neighbor-arriving = { $count ->
    [one] { $count } fiche arrive
   *[other] { $count } fiches arrivent
 }
neighbor-arriving-then = Vous pouvez déjà vous servir de ce qui est arrivé.
neighbor-short = Des fiches ne sont pas arrivées entières
neighbor-short-then = Nous redemandons de nous-mêmes. Si cela dure des jours, appelez-les.
neighbor-asking = Prise de contact
neighbor-asking-then = Cela prend un instant.
neighbor-away = Pas de liaison
neighbor-away-then = Leur ordinateur ou la liaison est coupé. Nous réessayons de nous-mêmes ; rien n’est perdu.
neighbor-unknown = Jamais rencontré
neighbor-unknown-then = Ils n’ont pas encore dit où se trouve leur ordinateur. Cela vient tout seul, par d’autres voisins.
neighbor-heard = Dernières nouvelles : { $name }
neighbor-connected = En liaison depuis : { $name }
neighbor-never = Pas encore de nouvelles
way-near = Dans le même bâtiment ou réseau
way-far = Par internet
way-calls = C’est lui qui nous appelle
block-ask = Ne plus rien avoir à faire avec { $name } ?
block-means = Aucune liaison, rien de donné, rien de pris. C’est entre vous : il reste membre, personne n’en est averti, et ce que vous partagez avec tout le réseau lui parvient encore par d’autres. Ce qui est ici reste ici. Vous pouvez y mettre fin à tout moment.
block-member = Bloquer { $name }
blocked = Bloqués
blocked-means = Vous n’avez rien à faire avec ces membres. Ils font toujours partie du réseau.
blocked-since = Bloqué depuis : { $name }
unblock-go = Débloquer { $name }
