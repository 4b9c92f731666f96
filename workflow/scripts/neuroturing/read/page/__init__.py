"""The page that a reader sits: its template, style and scripts, and what puts them into one file."""
