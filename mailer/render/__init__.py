"""Turn a letter, its template and a row of values into finished words, as text and HTML.

about            Check the headers about the letter: language, country, greeting, dates, time zones
compile          Prepare a letter and its template once, for all rows
enclosures       Open what the headers name: attachments, and the mail that is answered
fields           Decide where a value comes from: `--set`, column, or header
headers          Fill the headers of one row, and check them again
hints            Say what to do about a name that has no value
html             Fill an HTML body, each value as its place needs it
jinja            Render Jinja in a sandbox
markdown         Convert Markdown to text and HTML, from one stream of tokens
markdown_html    Write the HTML part of a Markdown letter
markdown_parser  Parse Markdown as people type it: CommonMark with tables and strike-through, no raw HTML
markdown_text    Write the text part of a Markdown letter
plain_lines      Paragraphs of one plain line, which rows may differ in without being converted again
program          Render: letter + template + row = finished words
row              One row on its way through a program, and what all rows with the same columns have in common
shared           What the rows of a letter share
"""
