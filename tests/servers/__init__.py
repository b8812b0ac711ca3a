"""E-mail against the servers people really run: Dovecot and Postfix, from Debian's packages."""
