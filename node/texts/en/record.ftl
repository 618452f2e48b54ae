### One record
shared-by-name = Shared by { $name }
changed-when = changed { $name }
at-a-glance = At a glance
print = Print
copy-link = Copy link
history = What changed
two-answers = Two answers: { $name }
audience-private = Only your collaborative
audience-partners = Named partners
audience-network = Your network
audience-public = Everybody
yes = Yes
no = No
