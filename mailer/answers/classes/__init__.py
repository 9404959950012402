"""One module a class of what came back; each rule's docstring is its manual (`mailer sync --explain CLASS`).

own         The user's own letters
complaint   Feedback reports (RFC 5965)
receipts    Read receipts (RFC 8098)
challenge   Filters that want a click or an answer first
delayed     The server is still trying
dead        The address does not exist (RFC 3464)
bounced     The letter was refused for another reason
lists       Mail of lists and bulk mail (RFC 2919)
left        Somebody is no longer there
away        Absences
automatic   Any other machine (RFC 3834)
stop        Somebody asks not to be written to again
answer      Answers of people
colleague   Colleagues of people
other       Not about the user
"""
