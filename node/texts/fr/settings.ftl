### Ses propres réglages
settings-own = Vous
settings-node = { $name }
settings-password = En choisir un nouveau.
settings-sign-ins = Voir vos navigateurs, et vous déconnecter de ceux qui ne servent plus.
settings-keys = Pour votre agenda, et pour les programmes qui lisent ou écrivent pour vous.
settings-people = Inviter des collègues, et choisir ce que chacun peut faire.
settings-sheet = Les 24 mots qui font revenir votre collectif si cet ordinateur est perdu.
settings-set-up = Finir ce que vous avez remis à plus tard, ou changer votre nom et votre carré.
settings-network = Qui en fait partie, sur quoi voter, de qui nous avons des nouvelles.
signed-in-as = Vous êtes connecté comme { $name }.
signed-in-name = Vous vous connectez avec { $name }.
password-changed = Votre mot de passe est changé. Vous êtes déconnecté partout ailleurs.
password-new = Nouveau mot de passe
password-old = Votre mot de passe actuel
password-lead = Vous restez connecté ici, et êtes déconnecté partout ailleurs.
password-go = Enregistrer le nouveau mot de passe
password-wrong = Ce n’est pas votre mot de passe. Réessayez.
prove = Est-ce bien vous ?
prove-lead = Tapez encore une fois votre mot de passe. Nous le demandons avant les changements importants, au cas où ce navigateur serait resté ouvert.
go-on = Continuer
sign-ins = Où vous êtes connecté
sign-ins-lead = Si vous n’en reconnaissez pas un, déconnectez-le et choisissez un nouveau mot de passe.
sign-in-this = celui-ci
sign-in-began = Connecté { $name }
sign-in-seen = dernier usage { $name }
sign-out-others = Déconnecter partout ailleurs
browser-on = { $name } sur { $what }
browser-unknown = Un navigateur
two-step = Se connecter aussi avec un code
two-step-lead = En plus du mot de passe, vous tapez un code d’une application de votre téléphone. Un mot de passe volé ne suffit alors plus.
two-step-is-on = C’est activé.
two-step-is-off = C’est désactivé.
two-step-1 = Ouvrez une application d’authentification sur votre téléphone. Toutes celles qui montrent des codes à six chiffres conviennent.
two-step-2 = Ajoutez-y un compte : visez cette image, ou tapez les lettres.
two-step-secret = Les lettres à taper
two-step-3 = Tapez les six chiffres que l’application montre maintenant
two-step-on = Activer
two-step-off = Désactiver
two-step-off-means = Le mot de passe seul suffira alors pour entrer.
codes = Imprimez ces dix codes
codes-mean = Si vous perdez votre téléphone, un de ces codes vous fait entrer. Chacun sert une fois. Ils ne sont montrés que maintenant : imprimez-les, ou écrivez-les.
codes-kept = Je les ai
codes-left = { $count ->
    [0] Il ne vous reste aucun code imprimé. Désactivez puis réactivez pour en recevoir de nouveaux.
    [one] Il vous reste 1 code imprimé.
   *[other] Il vous reste { $count } codes imprimés.
 }
sheet = Feuille de secours
sheet-lead = Imprimez-la, et gardez-la en lieu sûr, loin de cet ordinateur.
sheet-ask = Qui lit cette feuille peut agir au nom de votre collectif, et personne ne peut l’annuler. Tapez votre mot de passe pour la voir.
sheet-show = Montrer la feuille
sheet-done = Terminé
sheet-of = Feuille de secours : { $name }
sheet-what = Ces 24 mots, dans cet ordre, sont la clé de notre collectif. En dehors de cet ordinateur, ils ne sont que sur des feuilles comme celle-ci.
sheet-how = Si l’ordinateur est perdu : installez Commonweal sur un autre, lancez-le avec ces mots, et demandez une nouvelle invitation à un voisin. Ce qui était partagé revient. Ce qui était privé n’est que là où vous en gardez des copies.
sheet-node = Le nom de cet ordinateur chez les voisins :
sheet-care = Gardez cette feuille comme une clé de maison. N’en faites pas de photo, et ne tapez ces mots dans aucune page web.
