"""Pages for the browser: one file each, that fetches nothing, runs nothing and can be printed.

engine    Fill the templates (``templates``), every value escaped; the policy of all pages
frames    Put a letter into a cage, as a light and as a dark screen shows it
letters   The page of ``preview --open``: one letter, or several to leaf through
marking   Mark in a text the words that the checks found
months    Sort what was and what comes by month, and draw a year
people    The pages of ``people show --open`` and ``due --open``: one person, and the year of all
"""
