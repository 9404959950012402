"""What an assistant may do with letters and people, over the Model Context Protocol, and what only a person may.

desk       The folder, the settings and the people that an assistant works with, one request at a time
fence      Mark text from letters, mails and notes as what it is: data that nobody need obey
folder     The one folder that files are read from and written to
letters    Templates, new letters, checks, previews and drafts
people     Who is due, the card and time line of a person, touches, the log
sending    Send a letter to people in the book, once a person has seen it and said yes
server     The server: tools and resources, over standard input and output; the one home of ``mcp``
"""
